// Package table reads measurements from comma-separated tables, for programs that
// are no benchmark tools: many comparisons at once, or many histories.
//
// Columns are found by their names in the header, in any order; what is not known
// is refused rather than passed over, because a misspelt column would silently
// change what is compared. A mistake names its line and column. Nothing is sorted:
// rows are in the order in which they were measured.
package table
