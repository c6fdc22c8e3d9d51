package store

import (
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// runRow is a row of table runs. It is flat because sqlx fills only one of two
// embedded structs that share a column.
type runRow struct {
	ID       string  `db:"id"`
	Kind     string  `db:"kind"`
	State    string  `db:"state"`
	Owner    string  `db:"owner"`
	User     string  `db:"user"`
	Suite    string  `db:"suite"`
	Repo     raw     `db:"repo"`
	Created  instant `db:"created"`
	Finished instant `db:"finished"`
	Error    raw     `db:"error"`

	BaseRev     string  `db:"base_rev"`
	BaseAsked   raw     `db:"base_asked"`
	BaseSubject raw     `db:"base_subject"`
	BaseAuthor  raw     `db:"base_author"`
	BaseTime    instant `db:"base_time"`
	BaseDirty   bool    `db:"base_dirty"`
	HeadRev     string  `db:"head_rev"`
	HeadAsked   raw     `db:"head_asked"`
	HeadSubject raw     `db:"head_subject"`
	HeadAuthor  raw     `db:"head_author"`
	HeadTime    instant `db:"head_time"`
	HeadDirty   bool    `db:"head_dirty"`

	BaseImageRef      raw    `db:"base_image_ref"`
	BaseImageDigest   string `db:"base_image_digest"`
	BaseImagePipeline raw    `db:"base_image_pipeline"`
	BaseImageStep     raw    `db:"base_image_step"`
	HeadImageRef      raw    `db:"head_image_ref"`
	HeadImageDigest   string `db:"head_image_digest"`
	HeadImagePipeline raw    `db:"head_image_pipeline"`
	HeadImageStep     raw    `db:"head_image_step"`

	Engine  string `db:"engine"`
	Seed    int64  `db:"seed"`
	Rounds  int    `db:"rounds"`
	Warmups int    `db:"warmups"`
	CPUs    string `db:"cpus"`
	Harness string `db:"harness_cpus"`

	SuitePath  raw                    `db:"suite_path"`
	SuiteText  raw                    `db:"suite_text"`
	Benchmarks document[benchmarkDoc] `db:"benchmarks"`
	Env        document[factDoc]      `db:"environment"`
	Guards     document[guardDoc]     `db:"guards"`
	Versions   document[factDoc]      `db:"versions"`
	Notes      document[factDoc]      `db:"notes"`
	Command    document[exact]        `db:"command"`
	Quiet      quietDoc               `db:"quiet"`
	Noise      document[noiseDoc]     `db:"noise"`
	Looks      document[int]          `db:"looks"`
	MaxTime    int64                  `db:"max_time_ns"`
	Alarms     document[alarmDoc]     `db:"alarms"`
	Judged     string                 `db:"judged"`

	Class      raw `db:"class"`
	Host       raw `db:"host"`
	BaseBranch raw `db:"base_branch"`
	HeadBranch raw `db:"head_branch"`

	Counts object[map[string]int] `db:"counts"`
}

// summaryColumns are those that a list of runs shows, restColumns the others.
// countsColumn is read with both and written by SetOutcomes alone; host only finds
// rows.
const (
	countsColumn = "counts"
	hostColumn   = "host"
)

var (
	summaryColumns = strings.Fields(`id kind state owner user suite repo created finished error
		base_rev base_asked base_subject base_author base_time base_dirty
		head_rev head_asked head_subject head_author head_time head_dirty
		base_image_ref base_image_digest base_image_pipeline base_image_step
		head_image_ref head_image_digest head_image_pipeline head_image_step
		engine seed rounds warmups cpus harness_cpus class base_branch head_branch`)
	restColumns = strings.Fields(`suite_path suite_text benchmarks environment guards versions command quiet noise looks max_time_ns alarms judged notes`)
	runColumns  = append(append([]string{}, summaryColumns...), restColumns...)
)

func newRunRow(r results.Run) runRow {
	row := runRow{
		ID: r.ID, Kind: string(r.Kind), State: string(r.State), Owner: r.Owner, User: r.User, Suite: r.Suite, Repo: raw(r.Repo),
		Created: instant(r.Created), Finished: instant(r.Finished), Error: raw(r.Error),
		Engine: r.Plan.Engine, Seed: r.Plan.Seed, Rounds: r.Plan.Rounds, Warmups: r.Plan.Warmups,
		CPUs: r.Plan.CPUs, Harness: r.Plan.Harness,
		SuitePath: raw(r.SuitePath), SuiteText: raw(r.SuiteText),
		Benchmarks: each(r.Bench, benchmarkToDoc), Env: each(r.Env, factToDoc), Guards: each(r.Guards, guardToDoc),
		Versions: each(r.Versions, factToDoc), Notes: each(r.Notes, factToDoc), Command: each(r.Command, wordToDoc),
		Quiet: quietToDoc(r.Quiet), Noise: each(r.Noise, noiseToDoc),
		Looks: r.Plan.Looks, MaxTime: int64(r.Plan.MaxTime), Alarms: each(r.Alarms, alarmToDoc), Judged: r.Judged, Class: raw(r.Class),
		Host: raw(results.FactOf(r.Env, hostFact)),
	}
	row.setCommits(r.Base, r.Head)
	row.setImages(r.BaseImage, r.HeadImage)
	return row
}

func (row *runRow) setCommits(base, head results.Commit) {
	row.BaseRev, row.BaseTime, row.BaseDirty = base.Rev, instant(base.When), base.Dirty
	row.BaseBranch, row.HeadBranch = raw(base.Branch), raw(head.Branch)
	row.BaseAsked, row.BaseSubject, row.BaseAuthor = raw(base.Asked), raw(base.Subject), raw(base.Author)
	row.HeadRev, row.HeadTime, row.HeadDirty = head.Rev, instant(head.When), head.Dirty
	row.HeadAsked, row.HeadSubject, row.HeadAuthor = raw(head.Asked), raw(head.Subject), raw(head.Author)
}

func (row *runRow) setImages(base, head results.Image) {
	row.BaseImageRef, row.BaseImageDigest = raw(base.Ref), base.Digest
	row.BaseImagePipeline, row.BaseImageStep = raw(base.Pipeline), raw(base.Step)
	row.HeadImageRef, row.HeadImageDigest = raw(head.Ref), head.Digest
	row.HeadImagePipeline, row.HeadImageStep = raw(head.Pipeline), raw(head.Step)
}

func (row runRow) run() results.Run {
	return results.Run{
		ID: row.ID, Kind: results.Kind(row.Kind), State: results.State(row.State), Error: string(row.Error), Owner: row.Owner, User: row.User,
		Repo: string(row.Repo), Class: string(row.Class), Suite: row.Suite, SuitePath: string(row.SuitePath), SuiteText: string(row.SuiteText),
		Base: results.Commit{
			Rev: row.BaseRev, Asked: string(row.BaseAsked), Subject: string(row.BaseSubject),
			Author: string(row.BaseAuthor), When: time.Time(row.BaseTime), Dirty: row.BaseDirty, Branch: string(row.BaseBranch),
		},
		Head: results.Commit{
			Rev: row.HeadRev, Asked: string(row.HeadAsked), Subject: string(row.HeadSubject),
			Author: string(row.HeadAuthor), When: time.Time(row.HeadTime), Dirty: row.HeadDirty, Branch: string(row.HeadBranch),
		},
		BaseImage: results.Image{
			Ref: string(row.BaseImageRef), Digest: row.BaseImageDigest,
			Pipeline: string(row.BaseImagePipeline), Step: string(row.BaseImageStep),
		},
		HeadImage: results.Image{
			Ref: string(row.HeadImageRef), Digest: row.HeadImageDigest,
			Pipeline: string(row.HeadImagePipeline), Step: string(row.HeadImageStep),
		},
		Plan: results.Plan{
			Engine: row.Engine, Seed: row.Seed, Rounds: row.Rounds, Warmups: row.Warmups, CPUs: row.CPUs, Harness: row.Harness,
			Looks: row.Looks, MaxTime: time.Duration(row.MaxTime),
		},
		Bench: each(row.Benchmarks, benchmarkFromDoc), Env: each(row.Env, factFromDoc), Guards: each(row.Guards, guardFromDoc),
		Versions: each(row.Versions, factFromDoc), Notes: each(row.Notes, factFromDoc), Command: each(row.Command, wordFromDoc),
		Quiet: row.Quiet.quiet(), Noise: each(row.Noise, noiseFromDoc),
		Alarms: each(row.Alarms, alarmFromDoc), Judged: row.Judged,
		Created: time.Time(row.Created), Finished: time.Time(row.Finished), Counts: knownCounts(row.Counts.value),
	}
}

// knownCounts is nil where no verdicts were counted.
func knownCounts(counts map[string]int) map[string]int {
	if len(counts) == 0 {
		return nil
	}
	return counts
}
