from iacrl.resources import shipped


def test_shipped_folders_exist():
    assert shipped("configs").is_dir()
    assert shipped("datasets").is_dir()
