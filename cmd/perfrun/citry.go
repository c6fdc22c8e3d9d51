package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"mtrlz.dev/perfrun/harness/source"
	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/tunnel/client"
)

// mostTries is how many tries of a step have an id of their own.
const mostTries = 20

// orderID is the id of an order in a try of the step. What ends in a dash and digits are
// the tries of a box.
func (s *step) orderID(try int) string {
	sum := sha256.Sum256([]byte(s.flags.suite + "\x00" + s.build.Commit))
	id := fmt.Sprintf("bk-%s-s%s", s.build.ID, hex.EncodeToString(sum[:4]))
	if try > 1 {
		id += fmt.Sprintf("-r%d", try)
	}
	return id
}

// earlier finds what this step ordered before: the id, and the base that was chosen then.
// It is the same order again, so that a retry doubles nothing, unless it came to nothing
// and somebody tries again. base is empty where there is nothing to go on with.
func (s *step) earlier(ctx context.Context, mirror *source.Mirror, box *client.Client) (id, base string, err error) {
	own := min(s.build.Retry+1, mostTries)
	for try := own; try > 0; try-- {
		job, err := box.Job(ctx, s.orderID(try))
		if problem, ok := errors.AsType[*results.Problem](err); ok && problem.Kind == results.BadInput {
			continue // there is none
		}
		switch {
		case err != nil && ctx.Err() != nil && context.Cause(ctx) != context.DeadlineExceeded:
			return "", "", err // the step is told to end
		case err != nil:
			return s.orderID(1), "", nil // whether the box can be reached shows when it is given the order
		case !s.canBeBase(ctx, mirror, job.Base): // it is somebody else's, which the box will say
			return job.ID, "", nil
		case try < own && (job.State == results.JobCancelled || job.State == results.JobFailed):
			return s.orderID(own), job.Base, nil
		}
		return job.ID, job.Base, nil
	}
	return s.orderID(1), "", nil
}
