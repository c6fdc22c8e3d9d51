package config

import (
	_ "embed"
	"time"

	"mtrlz.dev/perfrun/results"
)

// DefaultPath is where a machine's configuration is.
const DefaultPath = "/etc/perfrun/perfrun.yml"

// Schema is the JSON schema of the file (draft 2020-12), for editors.
//
//go:embed config.schema.json
var Schema []byte

// Config is a machine's configuration, with defaults filled in.
type Config struct {
	Class   string        // of hosts to compare with: "office", "cloud", or a label; may be empty
	Quiet   results.Level // what runs make of the machine where they do not say
	Require results.Level // what every run must reach, or it fails
	State   string        // the folder of what must outlive a crash, absolute
	Knobs   Knobs
	Gate    Gate
}

// Knobs is what the owner decides about the machine's settings.
type Knobs struct {
	ASLR    string   // "random" or "off"
	THP     string   // "always", "madvise" or "never"; empty: as it is found
	Skip    []string // knobs to leave alone
	Require []string // knobs that must be applied or already, or the run fails
}

// Gate is what a machine must be like before the first round.
type Gate struct {
	Busy    float64       // fraction of the time of all CPUs that others may use
	Wait    time.Duration // how long to wait for an idle and cool machine
	Free    int64         // bytes of disk that must be free; 0: any
	Timers  time.Duration // no update may be due within this; 0: they are no matter
	Cooling float64       // degrees Celsius per 10 s that the temperature may still fall by
}

// Default is the configuration of a machine that nobody configured.
func Default() Config {
	return Config{
		Quiet: results.LevelPin, Require: results.LevelNone, State: "/var/lib/perfrun",
		Knobs: Knobs{ASLR: "random"},
		Gate:  Gate{Busy: 0.05, Wait: 5 * time.Minute, Free: 1 << 30, Timers: 10 * time.Minute, Cooling: 1},
	}
}
