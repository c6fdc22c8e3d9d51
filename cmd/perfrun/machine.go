package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"mtrlz.dev/perfrun/harness"
	"mtrlz.dev/perfrun/harness/config"
	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/harness/gate"
	"mtrlz.dev/perfrun/harness/host"
	"mtrlz.dev/perfrun/harness/quiet"
	"mtrlz.dev/perfrun/harness/quiet/knob"
	"mtrlz.dev/perfrun/harness/services"
	"mtrlz.dev/perfrun/results"
)

// loadConfig reads how this machine is configured: the file that the environment
// names, which must exist, else the usual one, which need not.
func loadConfig() (config.Config, error) {
	if path := os.Getenv("PERFRUN_CONFIG"); path != "" {
		return config.Load(path, true)
	}
	return config.Load(config.DefaultPath, false)
}

// openMachine turns the configuration into what the harness wants to know.
func openMachine() (harness.Machine, error) {
	c, err := loadConfig()
	if err != nil {
		return harness.Machine{}, err
	}
	return harness.Machine{
		Class:   c.Class,
		LogSize: c.Box.LogSize,
		Quiet:   quietMachine(c),
		Level:   c.Quiet,
		Require: c.Require, RequireKnobs: c.Knobs.Require,
		Gate: gate.Limits{
			Busy: c.Gate.Busy, Wait: c.Gate.Wait, Free: c.Gate.Free, Timers: c.Gate.Timers, Cooling: c.Gate.Cooling,
		},
		Guard: startGuard,
		Services: services.Allow{
			Privileged:  slices.Contains(c.Services, config.GrantPrivileged),
			HostNetwork: slices.Contains(c.Services, config.GrantHostNetwork),
			HostMounts:  slices.Contains(c.Services, config.GrantHostMounts),
		},
	}, nil
}

func quietMachine(c config.Config) quiet.Machine {
	return quiet.Machine{
		Root: "/", State: c.State,
		Policy: knob.Policy{ASLR: c.Knobs.ASLR, THP: c.Knobs.THP, Skip: c.Knobs.Skip},
	}
}

// level reads a flag that names a level of quiet; empty stays empty.
func level(flag, text string) (results.Level, error) {
	if text != "" && !slices.Contains(results.Levels(), results.Level(text)) {
		return "", &results.Problem{Kind: results.BadInput, Where: flag, What: strconv.Quote(text) + " is no level of quiet", Next: "give none, pin or isolate"}
	}
	return results.Level(text), nil
}

// layOut chooses CPUs as a run of single-CPU benchmarks would.
func layOut(cpus string, level results.Level) (host.Topology, host.Layout, error) {
	asked, err := cpuset.Parse(cpus)
	if err != nil {
		return host.Topology{}, host.Layout{}, &results.Problem{Kind: results.BadInput, Where: "--cpus", What: err.Error(), Next: "give a list like 2 or 2-3,6"}
	}
	topology, err := host.ReadTopology("/sys")
	if err != nil {
		return host.Topology{}, host.Layout{}, fmt.Errorf("read this machine's CPUs: %w", err)
	}
	layout, err := topology.Choose(max(1, len(asked)), asked, level)
	return topology, layout, err
}
