package results

// Lane is where runs follow one another: of one suite, on hosts of one class, for one
// purpose. Only those of the same lane make each other old.
type Lane struct {
	Suite string
	Class string
	Kind  Kind
}
