"""A wall of its own: the editor's API lists every picture and document of the portal to whoever enters the editor."""

from wagtail import hooks
from wagtail.documents.api.admin.views import DocumentsAdminAPIViewSet
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet
from wagtail.permissions import policy_registry


class _OwnFilesOnly:
    def get_queryset(self):
        own = policy_registry.get_by_type(self.model).instances_user_has_any_permission_for(
            self.request.user, {"change", "choose"}
        )
        return super().get_queryset().filter(pk__in=own.values("pk"))


class OwnImagesAPIViewSet(_OwnFilesOnly, ImagesAdminAPIViewSet):
    pass


class OwnDocumentsAPIViewSet(_OwnFilesOnly, DocumentsAdminAPIViewSet):
    pass


# After Wagtail's own hooks of this name, which register what is replaced here.
@hooks.register("construct_admin_api", order=100)
def list_only_own_files(router):
    router.register_endpoint("images", OwnImagesAPIViewSet)
    router.register_endpoint("documents", OwnDocumentsAPIViewSet)
