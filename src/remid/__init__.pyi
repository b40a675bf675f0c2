from remid.commands.comparison import Comparison as Comparison
from remid.commands.comparison import compare as compare
from remid.commands.diagnosis import Diagnosis as Diagnosis
from remid.commands.python import Reading as Reading
from remid.commands.python import diagnose as diagnose
from remid.commands.python import read as read
from remid.domain.errors import RemidError as RemidError
