package results

import (
	"fmt"
	"time"
)

// JobState is where a job stands in the queue of a box.
type JobState string

// The states of a job. Queued and Running are passed through; a running job's run
// has the states of State beside. The others are final.
const (
	JobQueued     JobState = "queued"     // waits for its turn, or for NotBefore
	JobRunning    JobState = "running"    // claimed: its run is being made
	JobDone       JobState = "done"       // its run is done, whatever the verdict
	JobFailed     JobState = "failed"     // its run failed for good, or is quarantined; Reason says why
	JobCancelled  JobState = "cancelled"  // by a person; Reason says by whom
	JobSuperseded JobState = "superseded" // a newer commit of the same branch took its place; Reason names it
)

// Final reports whether a job in this state will never change again.
func (s JobState) Final() bool { return s != JobQueued && s != JobRunning }

// Priority says who goes first. Jobs of one priority go by age.
type Priority string

// The priorities, the most urgent first.
const (
	PriorityRelease Priority = "release"
	PriorityMain    Priority = "main"
	PriorityPull    Priority = "pull-request"
	PriorityAdHoc   Priority = "ad-hoc"
)

// Priorities lists all priorities, the most urgent first.
func Priorities() []Priority {
	return []Priority{PriorityRelease, PriorityMain, PriorityPull, PriorityAdHoc}
}

// Order asks a box for a run. Everything in it comes from whoever submits.
type Order struct {
	// ID is made by the client, so that an order that is sent again after a lost link
	// is the same one; it is the id of the run as well.
	ID         string   `json:"id"`
	Repository string   `json:"repository"`           // the box's short name for it
	Base       string   `json:"base"`                 // revision; empty: the merge base of head with the main branch
	Head       string   `json:"head"`                 // revision
	Branch     string   `json:"branch,omitempty"`     // that head was pushed to; a newer head of it supersedes an older one. Empty: nothing does
	Suite      string   `json:"suite"`                // path in head's tree
	Only       string   `json:"only,omitempty"`       // regular expression of benchmark names
	Rounds     int      `json:"rounds,omitempty"`     // at most; 0: the suite's
	MinEffect  float64  `json:"min_effect,omitempty"` // fraction; 0: the suite's
	Priority   Priority `json:"priority"`
}

// Job is an order in the queue.
type Job struct {
	Order
	Submitter string    `json:"submitter"`        // who, as the box knows them: never what the client says
	Origin    string    `json:"origin,omitempty"` // from where: an address, "schedule NAME", or empty for this machine
	State     JobState  `json:"state"`
	Reason    string    `json:"reason,omitempty"` // why it is in a final state that is not done, or waits
	Created   time.Time `json:"created"`
	NotBefore time.Time `json:"not_before,omitzero"` // a try that failed for a passing reason waits until then
	Tries     int       `json:"tries"`               // begun
	Stops     int       `json:"stops,omitempty"`     // of these, that a stop of the daemon cut short: they do not count
	Owner     string    `json:"owner,omitempty"`     // the process that makes the run; see lock.Owner
	Heartbeat time.Time `json:"heartbeat,omitzero"`  // when the owner was last seen alive
	Started   time.Time `json:"started,omitzero"`    // of the present try
	Ended     time.Time `json:"ended,omitzero"`
	// Same names the job that this one was found to be the same as (suite, base, head,
	// repository): it is answered by that one's run. Empty: it has its own.
	Same string `json:"same,omitempty"`
}

// RunID names the run of the present try. A run that ended stays as it ended, so
// that each further try has one of its own.
func (j Job) RunID() string {
	if j.Tries > 1 {
		return fmt.Sprintf("%s-%d", j.ID, j.Tries)
	}
	return j.ID
}

// Schedule submits the same order again and again.
type Schedule struct {
	Name    string    `json:"name"`
	Cron    string    `json:"cron"`  // five fields, UTC
	Order   Order     `json:"order"` // without an ID; Base and Head are revisions of the main branch, such as main and main@{1.day}
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Last    time.Time `json:"last,omitzero"` // the time for which it last submitted
	LastJob string    `json:"last_job,omitempty"`
}

// Role says what somebody may do on a box.
type Role string

// The roles; each may do what those before it may.
const (
	Viewer    Role = "viewer"    // look at everything
	Submitter Role = "submitter" // submit, and cancel what is their own; upload results
	Admin     Role = "admin"     // cancel anything, schedule, accept, pause the queue, give access
)

// Reaches reports whether r may do what wanted may. An unknown role may do nothing.
func (r Role) Reaches(wanted Role) bool {
	rank := map[Role]int{Viewer: 1, Submitter: 2, Admin: 3}
	return rank[r] >= rank[wanted] && rank[wanted] > 0
}

// Person is who asks a box for something, as the box has found out.
type Person struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	From string `json:"from,omitempty"` // address of the ssh client; empty on the box itself
}

// Deed is an entry of the audit: who changed what, when, from where.
type Deed struct {
	At     time.Time `json:"at"`
	Person Person    `json:"person"`
	Verb   string    `json:"verb"`   // "submit", "cancel", "schedule add", "access remove", ...
	Object string    `json:"object"` // a run, a schedule, a name
	Detail string    `json:"detail,omitempty"`
}

// Pause stops a queue from beginning anything.
type Pause struct {
	By    string    `json:"by"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// Place is a job's place in the queue.
type Place struct {
	Job
	Run       State         `json:"run,omitempty"`     // of the run that is being made
	Estimate  time.Duration `json:"estimate_ns"`       // of what the job takes, from history; 0: nothing is known
	BeginsIn  time.Duration `json:"begins_in_ns"`      // for one that waits
	LeftAbout time.Duration `json:"left_ns,omitempty"` // of one that runs; 0: nothing is known, or it is overdue
}

// QueueView is what people see of a queue.
type QueueView struct {
	Paused  *Pause    `json:"paused,omitempty"`
	Held    string    `json:"held,omitempty"`    // why nothing is begun: who holds the machine, or what is missing
	Running []Place   `json:"running"`           // one at most
	Waiting []Place   `json:"waiting"`           // in the order in which they will be begun
	Sharing []Job     `json:"sharing,omitempty"` // which the run of another of these answers, oldest first
	Last    time.Time `json:"last,omitzero"`     // when a job last ended as done
}
