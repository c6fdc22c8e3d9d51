package gate

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// laptop is one that runs on its battery, with a mouse that has one too.
const laptop = `
sys/class/power_supply/AC/type Mains
sys/class/power_supply/AC/online 0
sys/class/power_supply/BAT0/type Battery
sys/class/power_supply/BAT0/status Discharging
sys/class/power_supply/BAT0/scope System
sys/class/power_supply/ucsi-source-psy-USBC000:001/type USB
sys/class/power_supply/ucsi-source-psy-USBC000:001/online 0
sys/class/power_supply/hidpp_battery_0/type Battery
sys/class/power_supply/hidpp_battery_0/status Discharging
sys/class/power_supply/hidpp_battery_0/scope Device
sys/class/power_supply/hidpp_battery_0/online 1
sys/class/hwmon/hwmon0/name AC
sys/class/hwmon/hwmon3/name nvme
sys/class/hwmon/hwmon3/temp1_input 71850
sys/class/hwmon/hwmon5/name coretemp
sys/class/hwmon/hwmon5/temp1_input 52000
sys/class/hwmon/hwmon5/temp2_input 54000
sys/class/hwmon/hwmon5/temp3_input 49000
sys/class/thermal/thermal_zone0/temp 20000
`

// server is one whose board reports inputs that nothing is connected to.
const server = `
sys/class/hwmon/hwmon0/name nct6779
sys/class/hwmon/hwmon0/temp1_input 38500
sys/class/hwmon/hwmon0/temp2_input 127500
sys/class/hwmon/hwmon0/temp3_input -128000
sys/class/hwmon/hwmon0/temp4_input
sys/class/thermal/thermal_zone0/temp 61000
`

// vm is a guest: no supplies, no sensors.
const vm = `
proc/stat cpu  1 2 3 4
sys/class/thermal/cooling_device0/type Processor
`

func TestOnBattery(t *testing.T) {
	check := func(want bool, tree string) {
		t.Helper()
		root := t.TempDir()
		plant(t, root, tree)
		if got := OnBattery(root); got != want {
			t.Errorf("%s: %v", tree, got)
		}
	}
	const supplies = "sys/class/power_supply/"
	check(true, laptop)
	check(false, laptop+supplies+"AC/online 1")
	check(false, laptop+supplies+"ucsi-source-psy-USBC000:001/online 2") // programmable USB
	check(false, laptop+supplies+"BAT0/status Full")
	check(false, server)
	check(false, vm)
	check(true, supplies+"ups/type UPS\n"+supplies+"ups/status Discharging\n"+supplies+"ups/online 1")
}

func TestSupplies(t *testing.T) {
	root := t.TempDir()
	plant(t, root, laptop)
	want := []Supply{
		{Name: "AC", Type: "Mains"},
		{Name: "BAT0", Type: "Battery", Status: "Discharging"},
		{Name: "hidpp_battery_0", Type: "Battery", Status: "Discharging", Online: true, Device: true},
		{Name: "ucsi-source-psy-USBC000:001", Type: "USB"},
	}
	if diff := cmp.Diff(want, Supplies(root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTemperature(t *testing.T) {
	check := func(tree string, want float64, wantOK bool) {
		t.Helper()
		root := t.TempDir()
		plant(t, root, tree)
		if got, ok := Temperature(root); got != want || ok != wantOK {
			t.Errorf("%g, %v; want %g", got, ok, want)
		}
	}
	check(laptop, 54, true)
	check(server, 38.5, true)
	check(vm, 0, false)
	check("sys/class/thermal/thermal_zone0/temp 41000\nsys/class/thermal/thermal_zone1/temp junk", 41, true)
	check("sys/class/hwmon/hwmon0/temp1_input -5000", -5, true)
	check("sys/class/hwmon/hwmon0/temp1_input 999000\nsys/class/thermal/thermal_zone0/temp 40000", 40, true)
}

func TestRivals(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "proc/1200/comm perf\nproc/13/comm power-profiles-\nproc/12/comm tuned\nproc/14/comm tuned-not\nproc/15/comm perfrun\nproc/irq/comm tlp")
	var got []string
	for _, r := range Rivals(root) {
		got = append(got, fmt.Sprint(r.Name, " ", r.PID, " ", r.Why))
	}
	want := []string{"tuned 12 " + tunes, "power-profiles-daemon 13 " + governs, "perf 1200 " + measures}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(byComm) != len(rivals) {
		t.Error("two rivals look the same in /proc")
	}
}

func TestDisks(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list := Disks([]string{dir, filepath.Join(dir, "a/b/c"), filepath.Join(file, "below"), "to/come"})
	for i, disk := range list {
		if wrong := i == 2; (disk.Err != nil) != wrong || (disk.Free > 0) == wrong {
			t.Errorf("%+v", disk)
		}
	}
	if err := list[2].Err; err != nil && !strings.Contains(err.Error(), file) {
		t.Errorf("%v does not say where", err)
	}
}

func TestRoom(t *testing.T) {
	check := func(stat unix.Statfs_t, want int64) {
		t.Helper()
		if got := room(stat); got != want {
			t.Errorf("%+v: %d, want %d", stat, got, want)
		}
	}
	check(unix.Statfs_t{Bavail: 10, Bsize: 4096}, 40960)
	check(unix.Statfs_t{Bavail: 10, Bsize: 1 << 20, Frsize: 512}, 5120)
	check(unix.Statfs_t{Bavail: math.MaxUint64, Bsize: 4096}, math.MaxInt64)
	check(unix.Statfs_t{Bavail: 10}, math.MaxInt64)
}
