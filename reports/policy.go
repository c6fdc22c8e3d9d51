package reports

// StyleHashes and ScriptHashes are the parts of a page that stands alone, as a content
// security policy names them: a server that answers with such pages must allow them.
func StyleHashes() []string { return []string{styleHash} }

// ScriptHashes are those of its scripts.
func ScriptHashes() []string { return []string{scriptHash} }
