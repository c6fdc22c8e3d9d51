package sampler

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// rehearse launches and reaps a program that does nothing, with the attributes
// of the launch to come. A launch after a pause is slower by a third than the
// next one: the kernel's paths, its caches and this thread's pages are cold. What
// is to be timed is the benchmark, not that.
//
// Where there is no such program (another processor, a kernel that forbids it)
// the launch of a folder fails, and warms what it can.
//
// It returns the CPU time that the program took, which is on the benchmark's CPUs
// and nobody's fault.
func rehearse(attr *syscall.ProcAttr) time.Duration {
	path, argv := "/", []string{"/"}
	if file, err := nothing(); err == nil {
		path = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	}
	rehearsal := *attr
	var usage syscall.Rusage
	pid, err := syscall.ForkExec(path, argv, &rehearsal)
	for err == nil {
		if _, err = syscall.Wait4(pid, nil, 0, &usage); !errors.Is(err, syscall.EINTR) {
			break
		}
		err = nil
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// nothing is a file in memory that holds the smallest program: it ends at once.
var nothing = sync.OnceValues(func() (*os.File, error) {
	if runtime.GOARCH != "amd64" {
		return nil, errors.New("the program is for amd64")
	}
	fd, err := unix.MemfdCreate("perfrun-nothing", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	file := os.NewFile(uintptr(fd), "nothing")
	if _, err := file.Write(smallestProgram()); err != nil {
		return nil, errors.Join(fmt.Errorf("write the program: %w", err), file.Close())
	}
	return file, nil
})

// smallestProgram is an ELF executable (elf(5)) of one segment for x86-64 whose
// code is exit(0).
func smallestProgram() []byte {
	const (
		base       = 0x400000
		headers    = 64 + 56 // ELF header, one program header
		executable = 2
		amd64      = 62
		load       = 1
		readAndRun = 4 | 1
	)
	code := []byte{0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05} // mov eax, 60; xor edi, edi; syscall
	size := uint64(headers + len(code))
	le := binary.LittleEndian
	program := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	program = le.AppendUint16(program, executable)
	program = le.AppendUint16(program, amd64)
	program = le.AppendUint32(program, 1)
	program = le.AppendUint64(program, base+headers) // entry
	program = le.AppendUint64(program, 64)           // program headers
	program = le.AppendUint64(program, 0)            // no section headers
	program = le.AppendUint32(program, 0)
	for _, field := range []uint16{64, 56, 1, 0, 0, 0} {
		program = le.AppendUint16(program, field)
	}
	program = le.AppendUint32(program, load)
	program = le.AppendUint32(program, readAndRun)
	for _, field := range []uint64{0, base, base, size, size, 0x1000} {
		program = le.AppendUint64(program, field)
	}
	return append(program, code...)
}
