// Package doctor examines a machine: what it is, how its knobs stand, how much
// isolation can be reached and why not more, and who disturbs it now. Each finding
// says what it costs and how to mend it.
//
// It only looks. Nothing is changed, and a file that cannot be read is a finding
// like any other, not an error: the doctor is called when things are wrong. What
// only a real container can show is the harness's self-test.
package doctor
