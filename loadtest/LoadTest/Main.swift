import ArgumentParser
import NIOCore
import NIOPosix

@main
enum Main {
    static func main() async {
        // As `mcpstore` does: tasks run on the event loops.
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        await LoadTest.main()
    }
}
