// Package wire is what client and box say to each other: the version they speak,
// the JSON of requests and answers, and how errors travel.
//
// Most of what is sent are the domain types of package results as they are; only
// what those do not say has a type here. Answers are read leniently, because a
// newer box may say more; requests strictly, because a box that ignored what it
// does not know would make another run than was asked for.
//
// docs/API.md documents it all for people and other programs.
package wire
