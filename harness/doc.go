// Package harness makes a measurement on this machine. Measure is the one path
// that every run takes: find the sources, read the suite, hold the machine,
// resolve the image, build both sides, execute the rounds, record.
//
// It is a straight line over small packages that each know one thing (source,
// suite, image, engine, sampler, host, lock); here is only their order and what
// is kept between them. It judges nothing: a run ends with its samples in the
// store, and package verdict says what they mean. It never repeats an execution
// and never leaves one out.
package harness
