// mcpstore-guardian: stands between a worker and one child process, and sees to it that neither the child nor anything that
// it started outlives the worker, whatever kills the worker.
//
// In C on purpose: it forks (fork is not available in Swift), it must be small and start at once, and it must need no runtime
// that could fail or be killed for its memory. Linux only: child subreaper, signalfd, /proc.
//
// How it works. The worker holds the write end of the pipe that is this process' standard input; the child reads from that
// same pipe, data never passes through here. When the last write end is gone, because the worker closed it or died, poll()
// reports POLLHUP. As a subreaper, this process inherits every orphan below it, so all that the child ever started stays
// among its descendants, whatever sessions or process groups they make for themselves.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guardian.h"

static const char usage[] =
    "usage: mcpstore-guardian [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND with this standard input, output and error, and ends it together with all its\n"
    "descendants when the write end of standard input is closed, even if its holder was killed.\n"
    "MCPStore starts its MCP servers this way; you need not run it by hand.\n"
    "\n"
    "  --grace-ms N      time to end by itself after hang-up, SIGTERM or SIGINT (default 700)\n"
    "  --term-ms N       time to end after SIGTERM, before all that is left is killed (default 500)\n"
    "  --cwd DIR         directory to run COMMAND in\n"
    "  --limit-nofile N  limit of open descriptors\n"
    "  --limit-as-mb N   limit of address space in MiB\n"
    "  --null-stdin      give COMMAND /dev/null as standard input; only the hang-up is watched here\n"
    "  --help            print this text\n"
    "\n"
    "Exit status: that of COMMAND, 128 + N when signal N killed it, 127 when it was not found, 126\n"
    "when it could not be run, 125 when mcpstore-guardian itself failed or was used wrongly.\n";

struct options {
    long grace_ms, term_ms, limit_nofile, limit_as_mb;
    const char *directory;
    bool null_stdin;
    char **command;
};

enum phase { RUNNING, GRACE, TERMINATING, KILLING };

static void say(const char *format, ...) {
    char line[512] = "mcpstore-guardian: ";
    size_t prefix = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);
    va_end(arguments);
    size_t end = length < 0 ? prefix : prefix + (size_t)length;
    if (end > sizeof line - 2) end = sizeof line - 2;
    line[end] = '\n';
    // One write, so that the line stays whole among those of the child. Nobody is left to be told of its failure.
    ssize_t ignored = write(STDERR_FILENO, line, end + 1);
    (void)ignored;
}

static long number(const char *option, const char *text) {
    char *end = NULL;
    errno = 0;
    long value = text ? strtol(text, &end, 10) : -1;
    if (!text || end == text || *end || errno || value < 0 || value > INT_MAX) {
        say("%s needs a whole number from 0 to %d, not '%s'", option, INT_MAX, text ? text : "");
        exit(125);
    }
    return value;
}

static struct options parse(int count, char **arguments) {
    struct options options = {.grace_ms = 700, .term_ms = 500, .limit_nofile = -1, .limit_as_mb = -1};
    int index = 1;
    for (; index < count && strncmp(arguments[index], "--", 2) == 0; index++) {
        const char *name = arguments[index];
        if (strcmp(name, "--") == 0) { index++; break; }
        if (strcmp(name, "--help") == 0) { fputs(usage, stdout); exit(0); }
        if (strcmp(name, "--null-stdin") == 0) { options.null_stdin = true; continue; }
        const char *value = index + 1 < count ? arguments[++index] : NULL;
        if (strcmp(name, "--grace-ms") == 0) options.grace_ms = number(name, value);
        else if (strcmp(name, "--term-ms") == 0) options.term_ms = number(name, value);
        else if (strcmp(name, "--limit-nofile") == 0) options.limit_nofile = number(name, value);
        else if (strcmp(name, "--limit-as-mb") == 0) options.limit_as_mb = number(name, value);
        else if (strcmp(name, "--cwd") == 0 && value) options.directory = value;
        else { say("unknown or incomplete option '%s'; see --help", name); exit(125); }
    }
    if (index >= count) { fputs(usage, stderr); exit(125); }
    options.command = arguments + index;
    return options;
}

// Descriptors 0 to 2 exist, none above them does.
static void tidy_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR); while (fd >= 0 && fd <= STDERR_FILENO);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 1 << 20) limit = 1 << 20;
    for (fd = 3; fd < limit; fd++) close(fd);
}

static bool limit(int resource, rlim_t value, const char *name) {
    struct rlimit current;
    if (getrlimit(resource, &current) == 0) {
        // What lies above the inherited hard limit could not be had anyway.
        rlim_t bound = current.rlim_max != RLIM_INFINITY && current.rlim_max < value ? current.rlim_max : value;
        struct rlimit wanted = {.rlim_cur = bound, .rlim_max = bound};
        if (setrlimit(resource, &wanted) == 0) return true;
    }
    say("cannot set the limit of %s: %s", name, strerror(errno));
    return false;
}

// Runs in the child between fork and exec.
static void run_child(const struct options *options, pid_t guardian) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guardian) _exit(126);  // The guardian died before the line above.
    for (int signal_number = 1; signal_number < NSIG; signal_number++) signal(signal_number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (options->null_stdin) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0) {
            say("cannot open /dev/null: %s", strerror(errno));
            _exit(126);
        }
    }
    if (options->directory && chdir(options->directory) != 0) {
        say("cannot enter the directory '%s': %s", options->directory, strerror(errno));
        _exit(126);
    }
    if (options->limit_nofile >= 0 && !limit(RLIMIT_NOFILE, (rlim_t)options->limit_nofile, "open descriptors")) _exit(126);
    if (options->limit_as_mb >= 0 && !limit(RLIMIT_AS, (rlim_t)options->limit_as_mb << 20, "address space")) _exit(126);
    execvp(options->command[0], options->command);
    bool missing = errno == ENOENT;
    say("cannot run '%s': %s%s", options->command[0], strerror(errno), missing ? " (is it installed and in PATH?)" : "");
    _exit(missing ? 127 : 126);
}

struct process { pid_t pid, parent; bool is_descendant; };

// The parent of a process: the second field after the name in /proc/PID/stat. The name may hold spaces and parentheses.
static pid_t parent_of(const char *pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return -1;
    text[length] = 0;
    char *name_end = strrchr(text, ')');
    int parent = -1;
    if (!name_end || sscanf(name_end + 1, " %*c %d", &parent) != 1) return -1;
    return parent;
}

// Sends a signal to every descendant. Group members need no signal of their own: they are all descendants.
static void signal_descendants(int signal_number) {
    static struct process *processes;
    static size_t capacity;
    size_t count = 0;
    DIR *directory = opendir("/proc");
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        pid_t parent = parent_of(entry->d_name);
        if (parent <= 0) continue;
        if (count == capacity) {
            size_t larger = capacity ? capacity * 2 : 1024;
            struct process *grown = realloc(processes, larger * sizeof *processes);
            if (!grown) break;
            processes = grown;
            capacity = larger;
        }
        processes[count++] = (struct process){.pid = (pid_t)atoi(entry->d_name), .parent = parent};
    }
    closedir(directory);
    // Parents mostly come before their children, so that one or two rounds find all.
    pid_t self = getpid();
    for (bool found = true; found;) {
        found = false;
        for (size_t index = 0; index < count; index++) {
            struct process *process = &processes[index];
            if (process->is_descendant) continue;
            bool below = process->parent == self;
            for (size_t other = 0; !below && other < count; other++) {
                below = processes[other].is_descendant && processes[other].pid == process->parent;
            }
            if (below) process->is_descendant = found = true;
        }
    }
    for (size_t index = 0; index < count; index++) {
        if (processes[index].is_descendant) kill(processes[index].pid, signal_number);
    }
}

static long now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

// Watches until nothing is left, and returns the exit status.
static int watch(const struct options *options, pid_t child, int signals) {
    enum phase phase = RUNNING;
    bool child_ended = false, hang_up = false;
    int status = 125;
    long deadline = 0, last_kill = 0;
    struct pollfd sources[2] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO}};
    for (;;) {
        int state;
        pid_t pid;
        while ((pid = waitpid(-1, &state, WNOHANG)) > 0) {
            if (pid != child) continue;
            child_ended = true;
            status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
        }
        if (pid < 0 && errno == ECHILD) return status;  // Without children there are no descendants.

        long now = now_ms();
        if (phase == RUNNING && hang_up) {
            phase = GRACE;
            deadline = now + options->grace_ms;
        }
        if (phase < TERMINATING && (child_ended || (phase == GRACE && now >= deadline))) {
            phase = TERMINATING;
            deadline = now + options->term_ms;
            signal_descendants(SIGTERM);
        }
        if (phase == TERMINATING && now >= deadline) {
            phase = KILLING;
            deadline = now + 10000;
        }
        if (phase == KILLING) {
            // Again and again, because a process may have forked while it was being found. What does not go away within
            // ten seconds of SIGKILL hangs in the kernel, and will end as soon as it leaves it.
            if (now >= deadline) return status;
            if (now - last_kill >= 10) {
                signal_descendants(SIGKILL);
                last_kill = now;
            }
        }

        long wait = phase == RUNNING ? -1 : phase == KILLING ? 10 : deadline - now;
        if (poll(sources, 2, (int)(wait > INT_MAX ? INT_MAX : wait)) <= 0) continue;
        struct signalfd_siginfo info;
        if (sources[0].revents & POLLIN && read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
            if (info.ssi_signo != SIGCHLD) hang_up = true;
        }
        if (sources[1].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            hang_up = true;
            sources[1].fd = -1;
        }
    }
}

int mcpstore_guardian_main(int count, char **arguments) {
    struct options options = parse(count, arguments);
    tidy_descriptors();
    setsid();  // Fails only for the leader of a group, as when a shell runs it: harmless.
    prctl(PR_SET_NAME, "mcp-guardian");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        say("cannot become a subreaper: %s", strerror(errno));
        return 125;
    }
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    signal(SIGCHLD, SIG_DFL);  // Ignored, as it may be inherited, children would vanish without a status.
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    pid_t guardian = getpid();
    pid_t child = signals < 0 ? -1 : fork();
    if (child < 0) {
        say("cannot start '%s': %s", options.command[0], strerror(errno));
        return 125;
    }
    if (child == 0) run_child(&options, guardian);
    // Copies of the pipes kept here would hide from the worker that the child closed them.
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
    }
    return watch(&options, child, signals);
}
