// Package gate says whether a machine is fit for a first round, and waits until it
// is.
//
// A measurement that begins beside a compiler, on a hot processor, on battery, or
// minutes before the nightly update is lost, and nothing in it tells. So what can
// be known beforehand is looked at beforehand: some things are refused at once,
// because waiting does not mend them, and for others (idle, cool) there is a wait
// with a bound, which says what it waits for and who is to blame. The same
// readings serve the doctor: each is a function of its own that returns data.
//
// What programs call themselves is anybody's text. It is made printable as it is
// read, and quoted in sentences unless it is one plain word.
//
// The gate changes nothing and stops nobody. It does not look at who is logged
// in, and it does not judge single CPUs: the witness does, later.
package gate
