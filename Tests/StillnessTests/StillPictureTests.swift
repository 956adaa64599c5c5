import Imaging
import Machine
import Stillness
import TestSupport
import Testing
