"""PHP with sessions, and what it was told of the caller: cookies, headers, names and passwords."""

import uuid

from calls import Case, Fault, both, service, visitor


def state(version, **options):
    return service("tests.state.StateService", version, **options)


class Cookies(Case):
    @both
    def test_a_session_of_the_service_is_kept_for_each_session_of_a_client(self, version):
        ann, ben = visitor(version), visitor(version)
        for caller in (ann, ben):
            self.assertEqual(1, state(version, client=caller).begin())
        self.assertEqual([2, 3], [state(version, client=ann).count() for _ in range(2)])
        self.assertEqual(2, state(version, client=ben).count())

    @both
    def test_without_a_session_nothing_is_kept(self, version):
        self.assertEqual([1, 1], [state(version).count() for _ in range(2)])

    @both
    def test_cookies_of_the_service_never_reach_a_client(self, version):
        ann = visitor(version)
        state(version, client=ann).begin()
        self.assertEqual(["footbridge"], [cookie.name for cookie in ann.jar])


class Headers(Case):
    @both
    def test_fixed_ones_of_the_backend_and_those_of_an_operation(self, version):
        self.assertEqual("of every request", state(version).fixed())
        self.assertEqual("\u00e9 & <x>", state(version).own("\u00e9 & <x>"))
        self.assertEqual("nothing", state(version).own(None))

    @both
    def test_no_value_can_add_a_header(self, version):
        with self.assertRaises(Fault) as caught:
            state(version).own("a\r\nX-Fixed: b")
        self.assertEqual("Client.BadArguments", caught.exception.code)

    @both
    def test_a_call_that_is_made_once_has_a_key(self, version):
        first, second = (state(version).key(str(uuid.uuid4())) for _ in range(2))
        for key in (first, second):
            self.assertEqual(key, str(uuid.UUID(key)))
        self.assertNotEqual(first, second)
        self.assertEqual("nothing", state(version).key(None))


class Caller(Case):
    @both
    def test_a_caller_is_known_to_the_service_by_the_callers_own_name_and_password(self, version):
        client = visitor(version)
        client.setCredentials("ann", "open sesame")
        self.assertEqual("ann:open sesame", state(version, client=client).whoIsIt())
        self.assertEqual("nobody", state(version, client=client).who())
        # The session that began knows the caller without being told again.
        del client.headers["Credentials"]
        self.assertEqual("ann:open sesame", state(version, client=client).whoIsIt())

    @both
    def test_nobody_is_told_of_callers_who_are_not_known(self, version):
        with self.assertRaises(Fault) as caught:
            state(version).whoIsIt()
        self.assertEqual("Client.Authentication", caught.exception.code)
