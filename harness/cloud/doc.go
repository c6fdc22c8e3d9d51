// Package cloud finds out what a rented machine says of itself: its type, which numbers
// depend on, and which machine of that type it is, which they should not.
//
// It asks the metadata service of Amazon EC2 with a session token (IMDSv2), in one short
// moment. On a machine whose firmware does not say that it is such an instance no packet
// is sent. It is never an error not to know.
package cloud
