import ArgumentParser
import NIOHTTP1
import NIOPosix

@main
struct ToolServer: AsyncParsableCommand {}
