"""Stories: visits told in steps, in TOML files, and played on a kiosk with simulated hardware against a real backend."""

from kiosk.stories.player import Outcome, Played, play
from kiosk.stories.stage import Shown, Stage
from kiosk.stories.told import DeskRecord, Held, Step, Story, StoryWrong, load_story

__all__ = ["DeskRecord", "Held", "Outcome", "Played", "Shown", "Stage", "Step", "Story", "StoryWrong", "load_story", "play"]
