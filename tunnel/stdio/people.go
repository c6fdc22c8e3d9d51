package stdio

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"mtrlz.dev/perfrun/results"
)

// People says who may tell the daemon who somebody is, and what people of this
// machine may do. The zero value is not useful: 0 is root's user id.
type People struct {
	// Access is the id of the user as whom sshd runs the forced commands; negative:
	// there is none. It and root are believed.
	Access int
	Admins []string // groups of this machine whose members are admins
}

// believes reports whether a preamble of this user's is taken for true.
func (p People) believes(uid int) bool { return uid == 0 || p.Access > 0 && uid == p.Access }

// local is who a user of this machine is. Who runs the daemon can do everything to it
// by other means.
func (p People) local(uid int) results.Person {
	who := results.Person{Name: "uid-" + strconv.Itoa(uid), Role: results.Viewer}
	account, err := user.LookupId(strconv.Itoa(uid))
	if err == nil && CheckName(account.Username) == nil {
		who.Name = account.Username
	}
	if uid == 0 || uid == os.Getuid() || err == nil && p.administers(account) {
		who.Role = results.Admin
	}
	return who
}

// administers reports whether the user is in one of the groups.
func (p People) administers(account *user.User) bool {
	if len(p.Admins) == 0 {
		return false
	}
	ids, err := account.GroupIds()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.Admins, func(name string) bool {
		group, err := user.LookupGroup(name)
		return err == nil && slices.Contains(ids, group.Gid)
	})
}

// peer returns the user id of the process that connected, as the kernel knows it.
func peer(conn *net.UnixConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var credentials *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, fmt.Errorf("read the peer's credentials: %w", failed)
	}
	return int(credentials.Uid), nil
}
