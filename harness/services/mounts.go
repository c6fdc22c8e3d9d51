package services

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// mounts checks the volumes of a service. Links in paths are followed here, so that
// Docker has none to follow.
func (r *resolver) mounts(path string, value any) ([]any, error) {
	var mounts []any
	for i, each := range list(value) {
		at := fmt.Sprintf("%s[%d]", path, i)
		mount := table(each)
		if text, ok := each.(string); ok {
			mount = splitMount(text)
		}
		mount, err := r.mount(at, maps.Clone(mount))
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, mount)
	}
	return mounts, nil
}

// splitMount reads SOURCE:TARGET:MODE, of which only the target must be there.
func splitMount(text string) map[string]any {
	parts := strings.Split(text, ":")
	if len(parts) == 1 {
		return map[string]any{"type": "volume", "target": text}
	}
	kind := "volume"
	if strings.HasPrefix(parts[0], "/") {
		kind = "bind"
	}
	mount := map[string]any{"type": kind, "source": parts[0], "target": parts[1]}
	if len(parts) > 3 {
		mount["type"] = "unknown"
	}
	if len(parts) == 3 && slices.Contains(strings.Split(parts[2], ","), "ro") {
		mount["read_only"] = true
	}
	return mount
}

func (r *resolver) mount(path string, mount map[string]any) (map[string]any, error) {
	source, _ := mount["source"].(string)
	switch mount["type"] {
	case "tmpfs":
	case "bind":
		real, err := r.bind(path, unescape(source))
		if err != nil {
			return nil, err
		}
		mount["source"] = escape(real)
		r.bound = append(r.bound, bound{
			path: path, service: r.now, real: real, readOnly: mount["read_only"] == true,
			set: func(real string) { mount["source"] = escape(real) },
		})
	case "volume":
		if source == "" {
			delete(mount, "source")
			break
		}
		volume, err := r.volume(source)
		if err != nil {
			return nil, err
		}
		r.used[source] = volume
	default:
		return nil, r.refuse(path, fmt.Sprintf("mounts of the kind %v are not known to be harmless", mount["type"]), hostMountsNext)
	}
	// What else there is says how mounts below reach the machine's own, or is for
	// other systems.
	maps.DeleteFunc(mount, func(key string, _ any) bool {
		return !slices.Contains([]string{"type", "source", "target", "read_only", "volume", "tmpfs"}, key)
	})
	return mount, nil
}

func (r *resolver) bind(path, source string) (string, error) {
	if !filepath.IsAbs(source) {
		return "", r.refuse(path, fmt.Sprintf("%q is no path", source), hostMountsNext)
	}
	real, missing, err := inside(r.place.Work, source)
	switch {
	case err == nil && missing:
		r.folders = append(r.folders, real)
		return real, nil
	case err == nil:
		return real, nil
	case r.allow.HostMounts:
		return source, nil
	}
	return "", r.refuse(path, fmt.Sprintf("%s is a path of this machine: %v", source, err), hostMountsNext)
}

// volume checks a named volume. Its name outside of the project is left out: both
// sides would write to the same, and it may be somebody's.
func (r *resolver) volume(name string) (map[string]any, error) {
	path, from := "volumes."+name, table(r.volumes[name])
	if _, known := r.volumes[name]; !known {
		return nil, r.refuse(path, "it is not listed below volumes", "list it")
	}
	to := map[string]any{"labels": r.labels(from["labels"])}
	for _, key := range sorted(from) {
		switch {
		case empty(from[key]) || key == "labels" || key == "driver" && from[key] == "local" || strings.HasPrefix(key, "x-"):
		case key == "name" && empty(from["external"]):
			if given, _ := from[key].(string); !strings.HasSuffix(given, "_"+name) {
				r.say("%s.name is left out: both sides would write to the same volume", path)
			}
		case !r.allow.HostMounts:
			return nil, r.refuse(path+"."+key, "the volume may be any place of this machine", hostMountsNext)
		default:
			to[key] = from[key]
		}
	}
	if to["external"] != nil {
		delete(to, "labels")
	}
	return to, nil
}

// secret checks the files that a service's secrets or configs are.
func (r *resolver) secret(path, kind string, value any) error {
	for _, each := range list(value) {
		name, ok := each.(string)
		if !ok {
			name, _ = table(each)["source"].(string)
		}
		if r.secrets[kind][name] != nil {
			continue
		}
		from := table(table(r.files[kind])[name])
		file, _ := from["file"].(string)
		real, missing, err := inside(r.place.Work, unescape(file))
		if err != nil || missing || file == "" {
			return r.refuse(kind+"."+name, fmt.Sprintf("%s asks for it, and it is no file of the repository", path), "give file: the path of a file of the repository")
		}
		if r.secrets[kind] == nil {
			r.secrets[kind] = map[string]any{}
		}
		placed := map[string]any{"file": escape(real)}
		r.secrets[kind][name] = placed
		r.bound = append(r.bound, bound{
			path: kind + "." + name, real: real, readOnly: true, // Compose mounts them so
			set: func(real string) { placed["file"] = escape(real) },
		})
	}
	return nil
}
