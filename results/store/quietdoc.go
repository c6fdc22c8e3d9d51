package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"mtrlz.dev/perfrun/results"
)

// quietDoc is the JSON column of results.Quiet. Its texts come from the kernel
// and may hold any bytes.
type quietDoc struct {
	Asked   string          `json:"asked,omitempty"`
	Reached string          `json:"reached,omitempty"`
	Shield  string          `json:"shield,omitempty"`
	Why     exact           `json:"why,omitempty"`
	Knobs   []knobDoc       `json:"knobs,omitempty"`
	Limits  []results.Limit `json:"limits,omitempty"`
	Derived []results.Limit `json:"derived_limits,omitempty"`
	Unseen  []string        `json:"unseen,omitempty"`
}

type knobDoc struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Was     exact  `json:"was,omitempty"`
	Is      exact  `json:"is,omitempty"`
	Detail  exact  `json:"detail,omitempty"`
}

// Value implements driver.Valuer.
func (d quietDoc) Value() (driver.Value, error) {
	type plain quietDoc
	text, err := json.Marshal(plain(d))
	return string(text), err
}

// Scan implements sql.Scanner.
func (d *quietDoc) Scan(src any) error {
	type plain quietDoc
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), (*plain)(d))
	case []byte:
		return json.Unmarshal(v, (*plain)(d))
	}
	return fmt.Errorf("read a JSON column from %T", src)
}

func quietToDoc(q results.Quiet) quietDoc {
	return quietDoc{
		Asked: string(q.Asked), Reached: string(q.Reached), Shield: string(q.Shield), Why: exact(q.Why),
		Knobs: each(q.Knobs, func(k results.Knob) knobDoc {
			return knobDoc{k.Name, string(k.Outcome), exact(k.Was), exact(k.Is), exact(k.Detail)}
		}),
		Limits: q.Limits, Derived: q.Derived, Unseen: q.Unseen,
	}
}

func (d quietDoc) quiet() results.Quiet {
	return results.Quiet{
		Asked: results.Level(d.Asked), Reached: results.Level(d.Reached), Shield: results.Shield(d.Shield), Why: string(d.Why),
		Knobs: each(d.Knobs, func(k knobDoc) results.Knob {
			return results.Knob{
				Name: k.Name, Outcome: results.KnobOutcome(k.Outcome),
				Was: string(k.Was), Is: string(k.Is), Detail: string(k.Detail),
			}
		}),
		Limits: d.Limits, Derived: d.Derived, Unseen: d.Unseen,
	}
}

// noiseDoc is one element of the JSON column of results.Noise.
type noiseDoc struct {
	Benchmark       exact     `json:"benchmark"`
	Case            exact     `json:"case,omitempty"`
	Metric          exact     `json:"metric"`
	Unit            exact     `json:"unit"`
	Better          string    `json:"better"`
	Run             string    `json:"run"`
	Rounds          int       `json:"rounds"`
	CV              float64   `json:"cv"`
	Spread          float64   `json:"spread"`
	Drift           float64   `json:"drift"`
	Autocorrelation float64   `json:"autocorrelation"`
	Floor           float64   `json:"floor"`
	Visible         float64   `json:"visible"`
	FalseAlarms     float64   `json:"false_alarms"`
	At              time.Time `json:"at,omitzero"`
}

func noiseToDoc(n results.Noise) noiseDoc {
	return noiseDoc{
		exact(n.Benchmark), exact(n.Metric.Case), exact(n.Metric.Name), exact(n.Metric.Unit), string(n.Metric.Better),
		n.Run, n.Rounds, n.CV, n.Spread, n.Drift, n.Autocorrelation, n.Floor, n.Visible, n.FalseAlarms, n.At,
	}
}

func noiseFromDoc(d noiseDoc) results.Noise {
	metric := results.Metric{
		Case: string(d.Case), Name: string(d.Metric), Unit: string(d.Unit), Better: results.Direction(d.Better),
	}
	return results.Noise{
		Benchmark: string(d.Benchmark), Metric: metric, Run: d.Run, Rounds: d.Rounds, CV: d.CV, Spread: d.Spread, Drift: d.Drift,
		Autocorrelation: d.Autocorrelation, Floor: d.Floor, Visible: d.Visible, FalseAlarms: d.FalseAlarms, At: d.At,
	}
}
