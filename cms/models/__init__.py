from cms.models.approval import ApprovalTask
from cms.models.base import SharedPage
from cms.models.conferences import ConferencePage
from cms.models.documents import PortalDocument
from cms.models.home import HomePage
from cms.models.images import PortalImage, PortalRendition
from cms.models.knowledge import LessonPage
from cms.models.municipality import CollaborationPage, MunicipalityPage
from cms.models.site_settings import PortalSettings
from cms.models.standard import AccessibilityStatementPage, GlossaryPage, StandardPage
from cms.models.training import CoursePage, MethodPage

__all__ = [
    "AccessibilityStatementPage",
    "ApprovalTask",
    "CollaborationPage",
    "ConferencePage",
    "CoursePage",
    "GlossaryPage",
    "HomePage",
    "LessonPage",
    "MethodPage",
    "MunicipalityPage",
    "PortalDocument",
    "PortalImage",
    "PortalRendition",
    "PortalSettings",
    "SharedPage",
    "StandardPage",
]
