package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mtrlz.dev/perfrun/harness/engine"
	"mtrlz.dev/perfrun/harness/sampler"
	"mtrlz.dev/perfrun/results"
)

// children are what this test binary does when it is started by a test, because
// it needs a process that can be killed, or another user.
var children = map[string]func() error{
	"hold":  childHold,
	"build": childBuild,
	"open":  childOpen,
}

// childHold opens a session, launches a benchmark that never ends, and waits to
// be killed. The benchmark says through a fifo that it runs.
func childHold() error {
	ctx := context.Background()
	docker, err := engine.OpenDocker(ctx, os.Getenv("PERFRUN_PROGRAM"))
	if err != nil {
		return err
	}
	session, err := docker.Start(ctx, childSpec(), nil)
	if err != nil {
		return err
	}
	client, err := sampler.Connect(ctx, session, sampler.Setup{})
	if err != nil {
		return err
	}
	_, err = client.Execute(ctx, sampler.Order{
		Argv: []string{"/bin/sh", "-c", "echo >ready; exec sleep 9999"}, Dir: session.Work, Timeout: time.Hour,
	})
	return errors.Join(errors.New("the benchmark ended"), err)
}

// childBuild runs a script with its output on standard output.
func childBuild() error {
	ctx := context.Background()
	docker, err := engine.OpenDocker(ctx, os.Getenv("PERFRUN_PROGRAM"))
	if err != nil {
		return err
	}
	_, err = docker.Build(ctx, childSpec(), os.Getenv("SCRIPT"), os.Stdout)
	return err
}

// childOpen prints the problem with opening Docker.
func childOpen() error {
	_, err := engine.OpenDocker(context.Background(), os.Getenv("PERFRUN_PROGRAM"))
	problem, ok := errors.AsType[*results.Problem](err)
	if !ok {
		return fmt.Errorf("no problem but: %w", err)
	}
	fmt.Println(problem)
	return nil
}

// childSpec is what childEnv hands over. The owner is the test's process, which
// lives, so that no sweep does what the test wants to see happen by itself.
func childSpec() engine.Spec {
	return engine.Spec{
		Run: os.Getenv("RUN"), Owner: os.Getenv("OWNER"), Side: results.Base, Image: image,
		Work: os.Getenv("WORK"), Home: os.Getenv("RUN_HOME"), Network: "none",
	}
}

func childEnv(spec engine.Spec) []string {
	return []string{"RUN=" + spec.Run, "OWNER=" + spec.Owner, "WORK=" + spec.Work, "RUN_HOME=" + spec.Home}
}
