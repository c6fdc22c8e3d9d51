// Package agenttest is for tests: a real buildkite-agent, and a stand-in for the service
// that it talks to.
//
// The stand-in looks at every request: one that it does not know, that comes without the
// right token, or whose body is not what the service documents, fails the test. It
// hands out jobs, cancels them, and keeps what they left: log, annotations, meta-data,
// artifacts, exit status. It promises nothing about what Buildkite's web pages make of
// them.
package agenttest
