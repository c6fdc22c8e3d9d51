package results

// Edition numbers what a database says to readers. What was made of one edition holds
// for as long as the number does, without another look at the data.
type Edition struct {
	Runs     int64 // goes up with every change of a run, but not with what it measures
	Findings int64 // goes up with what ended runs say: points, outcomes, steps, what is accepted
}
