"""Accepted forms of addresses, ids and keys, and the message for others."""

import pytest

from figma_warehouse.source.addresses import BadAddress, Scope, parse_file, parse_folder, parse_scope, parse_team

KEY = "Q670goXITMhy42LOOoaELr"
BRANCH = "cg6D7IIoTPPA9Gibm5OyNi"
LONG_KEY = "a1" * 64

FILES = [
    (KEY, KEY),
    (f"  {KEY}\n", KEY),
    (LONG_KEY, LONG_KEY),
    (f"https://www.figma.com/file/{KEY}", KEY),
    (f"https://www.figma.com/file/{KEY}/", KEY),
    (f"https://www.figma.com/file/{KEY}/Checkout-flow", KEY),
    (f"https://www.figma.com/design/{KEY}/Checkout-flow?node-id=1-2&t=abc-1", KEY),
    (f"https://www.figma.com/design/{KEY}?node-id=1-2", KEY),
    (f"https://www.figma.com/design/{KEY}#comments", KEY),
    (f"https://www.figma.com/board/{KEY}/Map?node-id=0-1", KEY),
    (f"https://www.figma.com/proto/{KEY}/Checkout?page-id=0%3A1&starting-point-node-id=1%3A2", KEY),
    (f"https://figma.com/design/{KEY}/الدفع", KEY),
    (f"http://www.figma.com/design/{KEY}/a", KEY),
    (f"www.figma.com/design/{KEY}/a", KEY),
    (f"figma.com/design/{KEY}/a", KEY),
    (f"https://www.figma-gov.com/design/{KEY}/a", KEY),
    (f"https://www.figma.com/design/{KEY}/branch/{BRANCH}", BRANCH),
    (f"https://www.figma.com/design/{KEY}/branch/{BRANCH}/Trial?node-id=1-2", BRANCH),
    (f"https://www.figma.com/file/{KEY}/branch/{BRANCH}/Trial", BRANCH),
    (f"https://www.figma.com/design/{KEY}/branch", KEY),
]
TEAMS = [
    ("1200000000000000007", "1200000000000000007"),
    (" 12 ", "12"),
    ("https://www.figma.com/files/team/12", "12"),
    ("https://www.figma.com/files/team/12/Consumer?fuid=3", "12"),
    ("https://www.figma.com/files/900/team/12/Consumer", "12"),
    ("https://www.figma-gov.com/files/team/12/Consumer", "12"),
]
FOLDERS = [
    ("300000152", "300000152"),
    ("https://www.figma.com/files/project/300000152", "300000152"),
    ("https://www.figma.com/files/project/300000152/Shopping", "300000152"),
    ("https://www.figma.com/files/folder/300000152/Shopping", "300000152"),
    ("https://www.figma.com/files/900/project/300000152/Shopping?fuid=3", "300000152"),
    ("https://www.figma.com/files/team/12/project/300000152/Shopping", "300000152"),
]
NOWHERE = [
    "",
    "   ",
    "javascript:alert(1)",
    "https://www.figma.com",
    "https://www.figma.com/",
    "https://www.figma.com/community/file/1234567890123456789",
    f"https://www.figma.com/slides/{KEY}/Deck",
    f"https://www.figma.com/deck/{KEY}/Deck",
    f"https://www.figma.com/site/{KEY}/Site",
    f"https://www.figma.com/make/{KEY}/App",
    f"https://example.com/design/{KEY}/a",
    f"https://www.figma.com.example.com/design/{KEY}/a",
    f"https://evilfigma.com/design/{KEY}/a",
    f"https://example.com/?u=https://www.figma.com/design/{KEY}/a",
    f"https://www.figma.com@example.com/design/{KEY}/a",
    f"ftp://www.figma.com/design/{KEY}/a",
    "https://www.figma.com/files/recents-and-sharing",
    "../../v1/me",
    "１２３",
]


@pytest.mark.parametrize(("given", "key"), FILES)
def test_an_address_of_a_file_gives_its_key(given: str, key: str) -> None:
    assert parse_file(given) == key


@pytest.mark.parametrize(("given", "team_id"), TEAMS)
def test_an_address_of_a_team_gives_its_id(given: str, team_id: str) -> None:
    assert parse_team(given) == team_id


@pytest.mark.parametrize(("given", "folder_id"), FOLDERS)
def test_an_address_of_a_folder_gives_its_id(given: str, folder_id: str) -> None:
    assert parse_folder(given) == folder_id


@pytest.mark.parametrize(
    "given",
    [
        *NOWHERE,
        "short",
        KEY[:-1],
        f"{KEY}/../me",
        f"{KEY}?a=b",
        f"{KEY}_-",
        "a" * 129,
        f"https://www.figma.com/design/{KEY}%2F..%2Fme",
        "https://www.figma.com/design/short/a",
        "https://www.figma.com/files/team/12/Consumer",
    ],
)
def test_an_invalid_file_is_refused_with_the_accepted_forms(given: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_file(given)
    assert f'"{given}"' in str(raised.value)
    for form in ("/design/KEY", "/file/KEY", "/board/KEY", "/proto/KEY", "/branch/KEY", "the key alone"):
        assert form in str(raised.value)


@pytest.mark.parametrize(
    "given",
    [
        *NOWHERE,
        KEY,
        "12a",
        "-12",
        "1.0",
        f"https://www.figma.com/design/{KEY}/a",
        "https://www.figma.com/files/project/300000152",
        "https://www.figma.com/files/team/abc",
        "https://www.figma.com/files/team/12a/x",
        "https://www.figma.com/files/team/١٢",
    ],
)
def test_an_invalid_team_is_refused_with_the_accepted_forms(given: str) -> None:
    with pytest.raises(BadAddress, match=r"files/team/123456/.*number alone"):
        parse_team(given)


@pytest.mark.parametrize(
    "given",
    [
        *NOWHERE,
        KEY,
        f"https://www.figma.com/design/{KEY}/a",
        "https://www.figma.com/files/team/12/Consumer",
        "https://www.figma.com/files/project/x",
        "https://www.figma.com/files/project/١٢",
    ],
)
def test_an_invalid_folder_is_refused_with_the_accepted_forms(given: str) -> None:
    with pytest.raises(BadAddress, match=r"files/project/123456/.*folder/123456/.*number alone"):
        parse_folder(given)


def test_a_scope_has_each_entry_once_in_the_given_order() -> None:
    scope = parse_scope(
        teams=["12", "https://www.figma.com/files/team/12/Consumer", "11"],
        folders=["3", "3"],
        files=[f"https://www.figma.com/file/{KEY}/a", BRANCH, KEY],
    )
    assert scope == Scope(teams=("12", "11"), folders=("3",), files=(KEY, BRANCH))


def test_a_scope_keeps_the_main_file_of_a_branch_that_is_named_by_its_url() -> None:
    scope = parse_scope(files=[f"https://www.figma.com/design/{KEY}/branch/{BRANCH}/a", KEY])
    assert scope == Scope(files=(BRANCH, KEY), main_files={BRANCH: KEY})


def test_files_and_folders_are_excluded_by_key_id_or_address() -> None:
    scope = parse_scope(
        teams=["12"],
        exclude=[
            KEY,
            f"https://www.figma.com/design/{KEY}/branch/{BRANCH}/a",
            "34",
            "https://figma.com/files/folder/5/a",
        ],
    )
    assert scope == Scope(("12",), excluded_files=frozenset({KEY, BRANCH}), excluded_folders=frozenset({"34", "5"}))
    assert scope.excludes(BRANCH, None)
    assert scope.excludes("another", KEY)
    assert not scope.excludes("another", None)


@pytest.mark.parametrize("given", [*NOWHERE, "https://www.figma.com/files/team/12/Consumer"])
def test_only_files_and_folders_can_be_excluded(given: str) -> None:
    with pytest.raises(BadAddress, match=r"is not a file or folder.*the key alone.*number alone"):
        parse_scope(exclude=[given])


def test_an_empty_scope_is_empty() -> None:
    assert parse_scope() == Scope((), (), ())
    assert parse_scope(exclude=[KEY]).is_empty
    assert not parse_scope(files=[KEY]).is_empty
