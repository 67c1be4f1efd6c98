import Foundation
import TestSupport
import Testing

@Suite struct `A short run of chaos` {
    /// `./Tests/chaos` with these arguments reproduces it.
    @Test
    func `with a fixed seed loses nothing, answers nothing twice, runs nothing destructive twice and leaves nothing behind`()
        async throws
    {
        let arguments = ["--seed", "60", "--minutes", "0.5", "--calls", "3000"]
        await ClusterGate.shared.enter()
        let ending: Result<(TestSupport.ExitStatus, String), any Error>
        do {
            let run = try ChildProcess.start([BuiltProduct.path(of: "ChaosSuite")] + arguments)
            ending = .success((try await run.exit(within: .seconds(240)), run.output))
        } catch {
            ending = .failure(error)
        }
        await ClusterGate.shared.leave()
        let (status, output) = try ending.get()
        #expect(status == .exited(0), "\(output)")
        #expect(output.contains("submitted") && output.contains("lost "), "\(output)")
    }
}
