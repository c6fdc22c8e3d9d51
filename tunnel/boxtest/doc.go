// Package boxtest gives tests a box without a machine: the real server on a real
// socket, in front of a queue and records that are kept in memory.
//
// The queue is honest: it makes one job of an order however often that arrives,
// lets nobody cancel what is another's, and counts what it did, so that a test can
// see what was lost or doubled. It makes no runs: the test says what becomes of a
// job. It is for tests only; no program imports it.
package boxtest
