package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs/sysfs"

	"mtrlz.dev/perfrun/harness/affinity"
	"mtrlz.dev/perfrun/harness/cpuset"
)

// Core is one physical core: the CPUs (hardware threads) that share it.
type Core struct {
	CPUs cpuset.Set
	Node int // NUMA node; 0 where the machine has none
}

// Topology is the machine's CPUs as far as this process may use them.
type Topology struct {
	Cores   []Core     // ascending by lowest CPU
	Online  cpuset.Set // every CPU that is online, also those that we may not use
	Allowed cpuset.Set // the CPUs of Online that this process may use
}

// ReadTopology reads /sys/devices/system/cpu under sys ("/sys") and this
// process's own CPU mask.
func ReadTopology(sys string) (Topology, error) {
	allowed, err := affinity.Allowed()
	if err != nil {
		return Topology{}, err
	}
	return readTopology(sys, allowed)
}

func readTopology(sys string, allowed cpuset.Set) (Topology, error) {
	online := readSet(filepath.Join(sys, "devices/system/cpu/online"))
	if len(online) == 0 {
		online = allowed
	}
	t := Topology{Online: online, Allowed: allowed.Minus(allowed.Minus(online))}
	if len(t.Allowed) == 0 {
		return Topology{}, fmt.Errorf("none of the CPUs that are online (%s) is allowed to this process (%s)", online, allowed)
	}
	siblings, nodes := readSiblings(sys), readNodes(sys)
	seen := cpuset.Set{}
	for _, cpu := range online {
		if seen.Contains(cpu) {
			continue
		}
		core := Core{CPUs: cpuset.Of(cpu), Node: nodes[cpu]}
		if known := siblings[cpu]; known.Contains(cpu) {
			core.CPUs = known
		}
		seen = seen.Union(core.CPUs)
		t.Cores = append(t.Cores, core)
	}
	return t, nil
}

// readSiblings gives for each CPU the CPUs of its core.
func readSiblings(sys string) map[int]cpuset.Set {
	siblings := map[int]cpuset.Set{}
	fs, err := sysfs.NewFS(sys)
	if err != nil {
		return siblings
	}
	cpus, err := fs.CPUs()
	if err != nil {
		return siblings
	}
	for _, cpu := range cpus {
		number, err := strconv.Atoi(cpu.Number())
		topology, topologyErr := cpu.Topology()
		if err != nil || topologyErr != nil { // a CPU that is offline has none
			continue
		}
		if set, err := cpuset.Parse(topology.ThreadSiblingsList); err == nil {
			siblings[number] = set
		}
	}
	return siblings
}

// readNodes gives for each CPU its NUMA node
// (Documentation/ABI/stable/sysfs-devices-node).
func readNodes(sys string) map[int]int {
	nodes := map[int]int{}
	lists, _ := filepath.Glob(filepath.Join(sys, "devices/system/node/node[0-9]*/cpulist"))
	for _, list := range lists {
		number, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(list)), "node"))
		if err != nil {
			continue
		}
		for _, cpu := range readSet(list) {
			nodes[cpu] = number
		}
	}
	return nodes
}

func readSet(file string) cpuset.Set {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	set, err := cpuset.Parse(string(text))
	if err != nil {
		return nil
	}
	return set
}

// node returns the NUMA node of a CPU.
func (t Topology) node(cpu int) int {
	i := slices.IndexFunc(t.Cores, func(c Core) bool { return c.CPUs.Contains(cpu) })
	if i < 0 {
		return 0
	}
	return t.Cores[i].Node
}
