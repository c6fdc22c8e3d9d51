package harness

import (
	"strconv"

	"mtrlz.dev/perfrun/results"
)

// command is what repeats a run: revisions as full names, and everything that
// was chosen spelled out. Only a dirty tree cannot be named.
func command(run results.Run, request Request) []string {
	head := run.Head.Rev
	if run.Head.Dirty {
		head = "."
	}
	base := run.Base.Rev
	if run.Base.Dirty {
		base = "."
	}
	args := []string{
		"perfrun", "run", "--repo", run.Repo, "--base", base, "--head", head,
		"--suite", run.SuitePath, "--engine", run.Plan.Engine, "--cpus", run.Plan.CPUs,
		"--quiet", string(run.Quiet.Asked), "--rounds", strconv.Itoa(run.Plan.Rounds), "--seed", strconv.FormatInt(run.Plan.Seed, 10),
	}
	if request.Fixed {
		args = append(args, "--fixed")
	}
	if request.Duet {
		args = append(args, "--duet")
	}
	if request.MinEffect > 0 {
		args = append(args, "--min-effect", strconv.FormatFloat(100*request.MinEffect, 'g', -1, 64)+"%")
	}
	if request.Require != "" {
		args = append(args, "--require", string(request.Require))
	}
	if request.Instructions != "" {
		args = append(args, "--instructions="+string(request.Instructions))
	}
	if request.Only != nil {
		args = append(args, "--only", request.Only.String())
	}
	return args
}
