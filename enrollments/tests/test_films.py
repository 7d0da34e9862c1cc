"""A film as people watch it: seeking, at speed, in two tabs, on a closed laptop, on another device; and cheating."""

import pytest
from django.utils import timezone

from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(timezone.now().replace(hour=10, minute=0, second=0, microsecond=0), tick=False)
    return time_machine


class Player:
    """One tab: it keeps what the server has not confirmed, as the player of the page does."""

    def __init__(self, enrollment, film, clock):
        self.enrollment, self.film, self.clock = enrollment, film, clock
        self.position, self.waiting, self.seconds = 0, [], 0
        services.open_lesson(enrollment=self.row(), lesson=film)

    def row(self):
        return Enrollment.objects.select_related("student", "course").get(pk=self.enrollment.pk)

    def play(self, seconds, speed=1, send=True):
        """Play for real seconds, a beat every 15 of them."""
        while seconds > 0:
            step = min(15, seconds)
            seconds -= step
            self.clock.shift(step)
            end = min(self.position + step * speed, 100)
            self.waiting.append([self.position, end])
            self.position, self.seconds = end, self.seconds + step
            if send:
                self.send()

    def seek(self, position):
        self.position = position
        self.send()

    def send(self):
        pairs = [pair for pair in self.waiting if pair[0] < pair[1]]
        done = services.beat(
            enrollment=self.row(),
            lesson=self.film,
            position=self.position,
            watched=pairs,
            seconds=self.seconds,
        )
        self.seconds = max(0, self.seconds - done.credited_seconds)
        self.waiting = services.watching.subtract(services.watching.unite(pairs), done.row.watched)
        return done


@pytest.fixture
def player(enrollment, video, clock):
    return Player(enrollment, video, clock)


def stored(video):
    return LessonProgress.objects.get(lesson=video)


def test_seeking_to_the_end_is_not_watching(player, video):
    player.play(10)
    player.seek(95)
    player.play(5)
    assert stored(video).watched == [[0, 10], [95, 100]]
    assert not stored(video).is_completed
    player.seek(10)
    player.play(64)  # 79 of 100 watched, two seconds forgiven
    assert stored(video).is_completed
    assert stored(video).completed_via == "watch"


def test_double_speed_counts_whole_and_ten_times_does_not(player, video, classmate, clock):
    player.play(40, speed=2)
    assert stored(video).is_completed
    other = Player(EnrollmentFactory(student=classmate, course=video.course), video, clock)
    other.play(8, speed=10)
    row = LessonProgress.objects.get(lesson=video, enrollment=other.enrollment)
    assert (row.watched, row.is_completed) == ([[0, 16]], False)


def test_two_tabs_get_one_clock(player, enrollment, video, clock):
    other = Player(enrollment, video, clock)
    for _round in range(2):
        clock.shift(10)
        for tab, start in ((player, 0), (other, 50)):
            tab.waiting, tab.seconds = [[start, start + 30]], 10
            tab.send()
    row = stored(video)
    assert services.watching.total_seconds(row.watched) <= 40  # twice the 20 seconds that passed
    assert row.time_spent_seconds == 20


def test_a_laptop_that_was_closed_loses_nothing_and_gains_nothing(player, video, clock):
    player.play(30, send=False)
    clock.shift(10 * 3600)
    player.send()
    assert (stored(video).watched, stored(video).time_spent_seconds) == ([], 0)
    player.play(15)  # opened again: what waited goes with the next beats
    assert stored(video).watched == [[0, 30]]
    player.play(15)
    assert (stored(video).watched, stored(video).time_spent_seconds) == ([[0, 60]], 30)


@pytest.mark.parametrize("wait", [0, 700, 86_400])
def test_one_request_does_not_complete_a_film(player, video, clock, wait):
    clock.shift(wait)
    done = services.beat(
        enrollment=player.row(), lesson=video, position=100, watched=[[0, 100]], seconds=86_400
    )
    assert (done.lesson_completed, stored(video).watched, done.credited_seconds) == (False, [], 0)


def test_another_device_goes_on_at_the_second(player, video, student, login, api):
    player.play(37)
    page = login(student).get(f"/learn/lenses/{video.slug}/").content.decode()
    assert "#t=37" in page and "0:37" in page
    resume = api(student).get(f"/api/v1/enrollments/{player.enrollment.pk}").json()["resume"]
    assert (resume["lesson"]["slug"], resume["second"]) == (video.slug, 37)
    card = login(student).get("/dashboard/").content.decode()
    assert "0:37" in card
