import ArgumentParser
import StyleVideo

@main
struct StyleVideoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stylevideo")
}
