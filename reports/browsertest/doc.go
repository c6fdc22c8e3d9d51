// Package browsertest opens pages in a real Chromium and says what a reader
// would notice: errors on the console, requests that leave the page, broken
// rules of accessibility, a page that is wider than the screen.
//
// It is a module of its own, so that the program depends on no library that
// drives a browser. The browser is Debian's; the rules are axe-core's, fetched
// into the cache folder by .ci/browser. One browser serves a whole test binary,
// each page in a profile of its own that is forgotten when its test ends.
//
//	func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }
//
//	p := browsertest.Open(t, "run.html", browsertest.Options{Width: 360, Dark: true})
//	p.Sound()
//
// Screenshots go to the folder that PERFRUN_ARTIFACTS names. Trace reads frames
// and the page's work from the browser's own trace; what it tells of time is for
// benchmarks to print, not for tests to judge.
//
// It refuses names of hosts: the browser resolves none but this machine's own,
// whatever a page asks for, and a request is seen even so. What is missing, the
// browser or the rules, fails a test and does not pass it over.
package browsertest
