package sampler

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestSmallestProgramEndsWell(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Fatal("write the smallest program for this processor, or let nothing() refuse and remove this line")
	}
	path := filepath.Join(t.TempDir(), "nothing")
	if err := os.WriteFile(path, smallestProgram(), 0o755); err != nil {
		t.Fatal(err)
	}
	pid, err := syscall.ForkExec(path, []string{path}, &syscall.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil || !status.Exited() || status.ExitStatus() != 0 {
		t.Errorf("it ended with %v, %v", status, err)
	}
}

func TestRehearsalLeavesNoChild(t *testing.T) {
	if cost := rehearse(&syscall.ProcAttr{Sys: &syscall.SysProcAttr{Setpgid: true}}); cost <= 0 {
		t.Errorf("the launch took %v", cost)
	}
	if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.ECHILD {
		t.Errorf("there is a child: %v", err)
	}
}
