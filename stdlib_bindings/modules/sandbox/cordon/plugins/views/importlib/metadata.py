"""importlib.metadata, as a plugin sees it: the distributions that it brings come before those installed for all."""
import importlib.metadata as _metadata

from cordon.plugins._view import become_view


def _own_distributions(**context):
    context.setdefault("path", plugin.own_path())
    return _metadata.MetadataPathFinder.find_distributions(_metadata.DistributionFinder.Context(**context))


def distribution(distribution_name):
    if not distribution_name:
        return _metadata.distribution(distribution_name)
    distribution_name = plugin.public(distribution_name)  # of version(__name__)
    return next(iter(_own_distributions(name=distribution_name)), None) or _metadata.distribution(distribution_name)


def version(distribution_name):
    return distribution(distribution_name).version


def metadata(distribution_name):
    return distribution(distribution_name).metadata


def files(distribution_name):
    return distribution(distribution_name).files


def requires(distribution_name):
    return distribution(distribution_name).requires


become_view(globals(), _metadata)
