package suite

// Instructions says how a run counts the instructions of its benchmarks.
type Instructions string

// The ways to count instructions. Empty: nobody has said, and nothing is counted.
const (
	InstructionsNone      Instructions = "none"      // not at all, whatever the suite says
	InstructionsPerf      Instructions = "perf"      // by the processor, in every execution
	InstructionsCallgrind Instructions = "callgrind" // by valgrind in the image, in executions of their own
)

// instructionWays are what a suite can say.
var instructionWays = []Instructions{InstructionsPerf, InstructionsCallgrind}
