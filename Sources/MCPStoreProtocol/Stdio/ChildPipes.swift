import CGuardian
import Glibc

/// The pipes between this process and a child. Every descriptor is closed on exec, so that no other child inherits one.
struct ChildPipes {
    struct Pipe {
        var read: CInt
        var write: CInt
    }

    var input: Pipe
    var output: Pipe
    var error: Pipe

    /// Makes three pipes.
    ///
    /// - Throws: ``MCPError/Code/startFailed`` when this process is out of descriptors.
    init() throws(MCPError) {
        var pipes: [Pipe] = []
        for _ in 0..<3 {
            var ends: [CInt] = [-1, -1]
            guard mcpstore_pipe(&ends) == 0 else {
                let reason = String(cString: strerror(errno))
                for pipe in pipes { Self.close([pipe.read, pipe.write]) }
                throw MCPError(.startFailed, "cannot make a pipe to a child: \(reason)")
            }
            pipes.append(Pipe(read: ends[0], write: ends[1]))
        }
        (self.input, self.output, self.error) = (pipes[0], pipes[1], pipes[2])
    }

    /// Closes the ends that the child has copies of.
    func closeChildEnds() {
        Self.close([self.input.read, self.output.write, self.error.write])
    }

    /// Closes descriptors; a failure could not be helped.
    static func close(_ descriptors: [CInt]) {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
    }
}
