// Package assets holds what pages embed besides their own style: scripts and
// styles in files of their own, plain JavaScript and CSS that a reader can read.
//
// A page stays whole without any of it. The texts are embedded here and put into
// a page by whoever writes it, together with their Hash in the page's content
// security policy: so a page runs these scripts and no other. Nothing here is
// taken from a library, and nothing here asks the network for anything.
package assets
