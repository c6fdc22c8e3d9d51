package access

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// File is an authorized_keys.
type File struct {
	Path    string
	Program string // perfrun, absolute, as sshd starts it
	// Before is called when somebody is about to be let in, or to be so no more; its
	// error leaves everything as it is. nil: nothing is.
	Before func(Grant) error
}

// Grant is somebody who is let in.
type Grant struct {
	Name        string
	Role        results.Role
	Key         string // public: its kind and the key itself
	Fingerprint string // as ssh-keygen -l prints it
}

// name is who may be somebody.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$`)

// program is a path that sshd, and the shell that it asks, take for one word.
var program = regexp.MustCompile(`^/[A-Za-z0-9_./+@-]+$`)

// line is a grant's line, as this package writes it. No quote is let into the program:
// a line with options between two commands is not a grant, whatever its end looks like.
var line = regexp.MustCompile(`^restrict,command="(/[A-Za-z0-9_./+@-]+) dial-stdio --as ([A-Za-z0-9][A-Za-z0-9._@+-]{0,63}) --role ([a-z]+)" (\S+ \S+)(?: .*)?$`)

// List returns who is let in, in the order of the file, and the numbers of lines with
// keys that are not of this package.
func (f File) List() (grants []Grant, others []int, err error) {
	lines, err := f.read()
	for i, text := range lines {
		g, ours := parseLine(text)
		switch {
		case ours:
			grants = append(grants, g)
		case foreign(text):
			others = append(others, i+1)
		}
	}
	return grants, others, err
}

func parseLine(text string) (Grant, bool) {
	m := line.FindStringSubmatch(text)
	if m == nil || !results.Role(m[3]).Reaches(results.Viewer) {
		return Grant{}, false
	}
	k, err := parseKey(m[4])
	return Grant{m[2], results.Role(m[3]), m[4], k.fingerprint()}, err == nil
}

// Add lets the holder of a key in. The same name with the same key gets the role that
// is given; another key for a name, or another name for a key, is refused.
func (f File) Add(g Grant) (Grant, error) {
	if err := f.check(g); err != nil {
		return g, err
	}
	k, err := parseKey(g.Key)
	if err != nil {
		return g, err
	}
	g.Key, g.Fingerprint = k.text(), k.fingerprint()
	return g, f.change(func(lines []string) ([]string, error) {
		left, err := f.add(lines, g)
		if err == nil && f.Before != nil {
			err = f.Before(g)
		}
		return left, err
	})
}

// check refuses what cannot stand in a forced command.
func (f File) check(g Grant) error {
	switch {
	case !program.MatchString(f.Program):
		return &results.Problem{
			Kind: results.CannotRun, Where: fmt.Sprintf("program %q", f.Program), What: "sshd cannot be told to start it: its path is not absolute, or more than letters, digits and _ . / + @ -",
			Next: "put perfrun into /usr/bin or /usr/local/bin",
		}
	case !name.MatchString(g.Name):
		return &results.Problem{
			Kind: results.BadInput, Where: fmt.Sprintf("name %q", g.Name[:min(len(g.Name), 80)]), What: "this cannot be a person's name",
			Next: "use up to 64 letters, digits and ._@+-, a letter or digit first",
		}
	case !g.Role.Reaches(results.Viewer):
		return &results.Problem{
			Kind: results.BadInput, Where: fmt.Sprintf("role %q", string(g.Role)[:min(len(g.Role), 80)]), What: "there is no such role",
			Next: fmt.Sprintf("use %s, %s or %s", results.Viewer, results.Submitter, results.Admin),
		}
	}
	return nil
}

func (f File) add(lines []string, g Grant) ([]string, error) {
	mine := fmt.Sprintf(`restrict,command="%s dial-stdio --as %s --role %s" %s %s`, f.Program, g.Name, g.Role, g.Key, g.Name)
	var left []string
	at := -1
	for i, text := range lines {
		other, ours := parseLine(text)
		switch {
		case !ours && opens(text, g.Key):
			return nil, taken(fmt.Sprintf("line %d of %s lets this key in already, for more than perfrun", i+1, f.Path), "remove that line, or make another key")
		case !ours:
		case other.Name == g.Name && other.Key == g.Key && at >= 0:
			continue // a copy by hand, which would keep its role
		case other.Name == g.Name && other.Key == g.Key:
			at, text = len(left), mine
		case other.Name == g.Name:
			return nil, taken(g.Name+" has another key ("+other.Fingerprint+")", "remove "+g.Name+" first, or give the second key a name of its own")
		case other.Key == g.Key:
			return nil, taken("this key is "+other.Name+"'s", "one key is one person: make another one, or remove "+other.Name+" first")
		}
		left = append(left, text)
	}
	if at < 0 {
		left = append(left, mine)
	}
	return left, nil
}

// foreign reports whether a line is neither a grant nor empty nor a remark: sshd may
// let somebody in by it.
func foreign(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && text[0] != '#'
}

// opens reports whether a foreign line is about the key, whatever blanks and options
// stand around it.
func opens(text, key string) bool {
	_, encoded, _ := strings.Cut(key, " ")
	return foreign(text) && slices.Contains(strings.Fields(text), encoded)
}

func taken(what, next string) error {
	return &results.Problem{Kind: results.BadInput, Where: "access", What: what, Next: next}
}

// Remove lets somebody in no more. Sessions that are open are its caller's to end.
func (f File) Remove(who string) error {
	return f.change(func(lines []string) ([]string, error) {
		left, gone := without(lines, who)
		if len(gone) == 0 {
			return nil, taken(fmt.Sprintf("%.80q is not let in", who), "perfrun access list shows who is")
		}
		if f.Before != nil {
			return left, f.Before(gone[0])
		}
		return left, nil
	})
}

// without tells the lines of others from what somebody is granted.
func without(lines []string, who string) (left []string, gone []Grant) {
	for _, text := range lines {
		if g, ours := parseLine(text); ours && g.Name == who {
			gone = append(gone, g)
		} else {
			left = append(left, text)
		}
	}
	return left, gone
}

// read returns the file's lines; none where there is no file.
func (f File) read() ([]string, error) {
	text, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read who is let in: %w", err)
	}
	return split(string(text)), nil
}

// split and join lose nothing but that the last line may have no end.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func join(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// change replaces the file as a whole, one writer at a time, durably and with the
// owner that it has: sshd reads it at any moment.
func (f File) change(work func([]string) ([]string, error)) error {
	folder, err := os.Open(filepath.Dir(f.Path))
	if err != nil {
		return fmt.Errorf("change who is let in: %w", err)
	}
	defer folder.Close()
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("change who is let in: %w", err)
	}
	lines, err := f.read()
	if err != nil {
		return err
	}
	if lines, err = work(lines); err != nil {
		return err
	}
	if err := f.write(join(lines), folder); err != nil {
		return fmt.Errorf("change who is let in: %w", err)
	}
	return nil
}

func (f File) write(text string, folder *os.File) error {
	file, err := os.CreateTemp(folder.Name(), ".perfrun-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone by its name after the rename
	_, err = file.WriteString(text)
	err = errors.Join(err, f.own(file, folder), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(file.Name(), f.Path); err != nil {
		return err
	}
	return folder.Sync()
}

// own gives the new file the owner of the old one, or of its folder: sshd believes a
// file of the user's own or of root's.
func (f File) own(file, folder *os.File) error {
	var was unix.Stat_t
	err := unix.Stat(f.Path, &was)
	if errors.Is(err, fs.ErrNotExist) {
		err = unix.Fstat(int(folder.Fd()), &was)
	}
	if err != nil || os.Getuid() != 0 {
		return err
	}
	return file.Chown(int(was.Uid), int(was.Gid))
}
