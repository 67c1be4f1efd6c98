import Glibc

/// A process that a careless server leaves behind: it inherits all streams and lives for ten minutes.
enum Grandchild {
    /// Starts `sleep 600` in the background and prints its process id on stderr.
    static func spawn() {
        var pid = pid_t()
        let words: [UnsafeMutablePointer<CChar>?] = ["sleep", "600"].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        let status = posix_spawnp(&pid, "sleep", nil, nil, words + [nil], environ)
        writeToStandardError(status == 0 ? "grandchild \(pid)" : "no grandchild: \(String(cString: strerror(status)))")
    }
}
