package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// call is one run of a program.
type call struct {
	args  []string
	env   []string
	stdin []byte
	log   io.Writer // gets what it says, besides the error; may be nil
	warn  *[]string // gets the lines of its standard error; may be nil
}

// failure is a program that ended badly, with the end of what it said.
type failure struct {
	program string
	said    string
	err     error
}

func (f *failure) Error() string {
	if f.said == "" {
		return fmt.Sprintf("%s: %v", f.program, f.err)
	}
	return f.said
}

func (f *failure) Unwrap() error { return f.err }

// output runs a program to its end and returns its standard output. A context that
// is done ends the program and is the error.
func (p *Program) output(ctx context.Context, c call) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = c.env, nowhere, 5*time.Second
	// In a group of its own, a program is not met by the Ctrl-C that makes perfrun
	// take services away; and all of the group is met by its end.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.Stdin = bytes.NewReader(c.stdin)
	stdout, stderr := &bounded{max: 16 * fileMax}, &bounded{max: fileMax}
	cmd.Stdout, cmd.Stderr = io.Writer(stdout), io.Writer(stderr)
	if c.log != nil {
		cmd.Stdout, cmd.Stderr = io.MultiWriter(stdout, c.log), io.MultiWriter(stderr, c.log)
	}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what did not heed it
		}
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &failure{program: strings.Join(c.args[:min(2, len(c.args))], " "), said: tail(stderr.String()), err: err}
	case stdout.over:
		return nil, errors.New("it printed more than can be meant")
	}
	if c.warn != nil {
		*c.warn = append(*c.warn, lines(stderr.String())...)
	}
	return stdout.Bytes(), nil
}

// nowhere is where programs run: a folder in which nobody can leave a file that
// Compose would read by itself, such as .env.
const nowhere = "/proc"

// dock runs Docker's client.
func (p *Program) dock(ctx context.Context, args ...string) (string, error) {
	out, err := p.output(ctx, call{args: append([]string{p.docker}, args...), env: p.env})
	return string(out), err
}

// compose runs Compose on a project that was read.
func (p *Program) compose(ctx context.Context, project *Project, log io.Writer, args ...string) error {
	all := append(p.args[:len(p.args):len(p.args)], "--project-name", project.name, "--project-directory", nowhere, "--file", "-")
	_, err := p.output(ctx, call{args: append(all, args...), env: p.env, stdin: project.document, log: log})
	return err
}

// bounded keeps the first max bytes of what is written.
type bounded struct {
	bytes.Buffer
	max  int
	over bool
}

func (b *bounded) Write(text []byte) (int, error) {
	keep := min(len(text), b.max-b.Len())
	b.over = b.over || keep < len(text)
	b.Buffer.Write(text[:keep])
	return len(text), nil
}

// tail is the end of a text, fit for a terminal.
func tail(text string) string {
	text = strings.TrimSpace(printable(text))
	if len(text) > tailMax {
		text = "…" + strings.ToValidUTF8(text[len(text)-tailMax:], "")
	}
	return text
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, "�"))
}

func lines(text string) []string {
	var all []string
	for line := range strings.Lines(tail(text)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
