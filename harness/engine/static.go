package engine

import (
	"debug/elf"
	"fmt"
	"net"

	"mtrlz.dev/perfrun/results"
)

// requireStatic refuses a program that needs a loader or libraries: an image may
// be built from another C library, or from scratch.
func requireStatic(file string) error {
	program, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("read own program: %w", err)
	}
	defer program.Close()
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			return &results.Problem{
				Kind: results.CannotRun, Where: file,
				What: "this perfrun is not linked statically, so it cannot run inside an image",
				Next: "build it with make",
			}
		}
	}
	return nil
}

// dial tries a unix socket and says what the operating system says.
func dial(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	return conn.Close()
}
