import Foundation
import Glibc

// libFuzzer, which looks for inputs by what the code does with them; the variable `FUZZ` names what reads them.

@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

guard readers[readerName] != nil else { fatalError("FUZZ names none of \(readers.keys.sorted())") }
var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
exit(runFuzzer(&count, &arguments) { start, count in read(Data(UnsafeBufferPointer(start: start, count: count))) })
