package harness

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

// confirm measures the benchmarks that have an alarm once more, in new containers:
// the same worktrees and builds, other processes, other environments, a later time.
// It happens once. Nothing is measured until it comes out as somebody likes.
func (h *Harness) confirm(ctx context.Context, j *job, session *quiet.Session) error {
	if len(j.run.Plan.Looks) == 0 {
		return nil
	}
	need := make([]int, len(j.run.Bench))
	for _, wanted := range verdict.ToConfirm(j.record()) {
		i := slices.IndexFunc(j.run.Bench, func(b results.Benchmark) bool { return b.Name == wanted.Benchmark })
		need[i] = wanted.Rounds
	}
	if slices.Max(need) == 0 {
		return nil
	}
	j.course.next(need)
	// Until the block is there every alarm is open, also if this process dies now.
	j.run.Alarms = verdict.Alarms(j.record())
	if err := h.Store.SaveRun(ctx, j.run); err != nil {
		return err
	}
	alarms := count(len(j.run.Alarms), "alarm")
	rest := j.course.budget(j.run.Plan)
	if rest <= 0 {
		h.Progress.Say(fmt.Sprintf("%s cannot be confirmed: %s is spent", alarms, maxTime(j.run.Plan)))
		return nil
	}
	h.Progress.Say("confirming " + alarms + " " + h.confirmation(j, rest))
	err := h.inContainers(ctx, j, session, func(b *bench) error { return h.block(ctx, j, b) })
	if err == nil {
		j.run.Alarms = verdict.Alarms(j.record())
		h.Progress.Say(outcomes(j.run.Alarms))
	}
	return err
}

// confirmation describes the second block before it begins.
func (h *Harness) confirmation(j *job, rest time.Duration) string {
	where := "with new processes"
	if h.Engine.Name() == "docker" {
		where = "in new containers"
	}
	text := fmt.Sprintf("%s: %s", where, count(slices.Max(j.course.need), "round"))
	_, left := j.course.ahead(j.run.Plan, -1, true)
	if left > 0 {
		text += ", about " + Roughly(left)
	}
	if left > rest {
		text += fmt.Sprintf(", of which %s leaves %s", maxTime(j.run.Plan), Roughly(rest))
	}
	return text
}

func maxTime(plan results.Plan) string {
	return fmt.Sprintf("the suite's max_time of %s", plan.MaxTime)
}

// outcomes sums up what the second block says.
func outcomes(alarms []results.Alarm) string {
	var tally results.AlarmTally
	tally.Add(alarms)
	text := fmt.Sprintf("%d of %s confirmed, %d refuted", tally.Confirmed, are(len(alarms), "alarm"), tally.Refuted)
	if tally.Open > 0 {
		text += fmt.Sprintf(", %d still open", tally.Open)
	}
	return text
}
