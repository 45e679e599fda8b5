"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "cms": {
        "ApprovalTask": {
            Retention.NOBODY: "task_ptr municipality groups",
        },
        "PortalImage": {
            Retention.NOBODY: (
                "id collection title description width height created_at focal_point_x focal_point_y "
                "focal_point_width focal_point_height file_size file_hash file folder people tags"
            ),
            Retention.WORK: "uploaded_by_user",
        },
        "PortalRendition": {
            Retention.NOBODY: "id filter_spec file width height focal_point_key image",
        },
        "SharedPage": {
            Retention.NOBODY: (
                "page_ptr municipality visibility summary summary_en plain image review_date shared_with "
                "shared_with_collaborations topics occupational_groups hidden_in"
            ),
            Retention.CONTACT: "contact_name contact_email",
        },
        "LessonPage": {
            Retention.NOBODY: (
                "sharedpage_ptr collaboration lesson context what_we_did what_happened do_differently advice "
                "describes_failure"
            ),
        },
        "ConferencePage": {
            Retention.NOBODY: (
                "sharedpage_ptr collaboration start_date end_date place address travel accessibility audience "
                "live_url learned next_steps body"
            ),
        },
        "PortalDocument": {
            Retention.NOBODY: "id collection title created_at file_size file_hash file folder tags",
            Retention.WORK: "uploaded_by_user",
        },
        "HomePage": {
            Retention.NOBODY: "sharedpage_ptr",
        },
        "MunicipalityPage": {
            Retention.NOBODY: "sharedpage_ptr body collection",
        },
        "CollaborationPage": {
            Retention.NOBODY: "sharedpage_ptr collaboration body",
        },
        "PortalSettings": {
            Retention.NOBODY: "id site name tagline tagline_en contact_email",
        },
        "StandardPage": {
            Retention.NOBODY: "sharedpage_ptr body",
        },
        "GlossaryPage": {
            Retention.NOBODY: "sharedpage_ptr terms",
        },
        "AccessibilityStatementPage": {
            Retention.NOBODY: (
                "sharedpage_ptr conformance shortcomings how_tested reviewed_on feedback_email feedback_phone"
            ),
        },
        "CoursePage": {
            Retention.NOBODY: "sharedpage_ptr collaboration audience goals format body modules",
        },
        "MethodPage": {
            Retention.NOBODY: "sharedpage_ptr collaboration when_to_use needed result body steps",
        },
    },
    "wagtailusers": {
        "UserProfile": {
            Retention.ACCOUNT: (
                "id user submitted_notifications approved_notifications rejected_notifications "
                "updated_comments_notifications preferred_language current_time_zone avatar dismissibles theme "
                "contrast density keyboard_shortcuts"
            ),
        },
    },
    "wagtaildocs": {
        "Document": {
            Retention.NOBODY: "id collection title file created_at file_size file_hash tags",
            Retention.WORK: "uploaded_by_user",
        },
    },
    "wagtailimages": {
        "Image": {
            Retention.NOBODY: (
                "id collection title file description width height created_at focal_point_x focal_point_y "
                "focal_point_width focal_point_height file_size file_hash tags"
            ),
            Retention.WORK: "uploaded_by_user",
        },
        "Rendition": {
            Retention.NOBODY: "id filter_spec file width height focal_point_key image",
        },
    },
    "wagtailsearch": {  # all that either database has of it
        "IndexEntry": {
            Retention.NOBODY: "id content_type object_id title_norm autocomplete title body title_text body_text",
        },
        "SQLiteFTSIndexEntry": {
            Retention.NOBODY: "autocomplete title body index_entry",
        },
    },
    "wagtailadmin": {
        "Admin": {
            Retention.NOBODY: "id",
        },
        "EditingSession": {
            Retention.ACCOUNT: "id user content_type object_id last_seen_at is_editing",
        },
        "FormState": {
            Retention.ACCOUNT: "id data user content_type object_id parent_object_id last_updated_at",
        },
    },
    "wagtailcore": {
        "Locale": {
            Retention.NOBODY: "id language_code",
        },
        "Site": {
            Retention.NOBODY: "id hostname port site_name root_page is_default_site",
        },
        "GroupSitePermission": {
            Retention.NOBODY: "id group site permission",
        },
        "APIToken": {
            Retention.ACCOUNT: "id user name key_hash prefix created revoked_at last_used_at",
        },
        "ModelLogEntry": {
            Retention.NOBODY: "id content_type action timestamp uuid revision content_changed deleted object_id",
            Retention.WORK: "user",
            Retention.CONTACT: "label data",
        },
        "Revision": {
            Retention.NOBODY: "id content_type base_content_type object_id created_at approved_go_live_at",
            Retention.WORK: "user",
            Retention.CONTACT: "object_str content",
        },
        "CollectionViewRestriction": {
            Retention.NOBODY: "id restriction_type password collection groups",
        },
        "Collection": {
            Retention.NOBODY: "id path depth numchild name",
        },
        "GroupCollectionPermission": {
            Retention.NOBODY: "id group collection permission",
        },
        "UploadedFile": {
            Retention.NOBODY: "id for_content_type file",
            Retention.WORK: "uploaded_by_user",
        },
        "WorkflowContentType": {
            Retention.NOBODY: "content_type workflow",
        },
        "WorkflowState": {
            Retention.NOBODY: (
                "id content_type base_content_type object_id workflow status created_at current_task_state"
            ),
            Retention.WORK: "requested_by",
        },
        "Workflow": {
            Retention.NOBODY: "id name active",
        },
        "WorkflowTask": {
            Retention.NOBODY: "id sort_order workflow task",
        },
        "Task": {
            Retention.NOBODY: "id name content_type active",
        },
        "GroupApprovalTask": {
            Retention.NOBODY: "task_ptr groups",
        },
        "TaskState": {
            Retention.NOBODY: "id workflow_state revision task status started_at finished_at content_type",
            Retention.WORK: "finished_by comment",
        },
        "Page": {
            Retention.NOBODY: (
                "id path depth numchild translation_key locale latest_revision live has_unpublished_changes "
                "first_published_at last_published_at live_revision go_live_at expire_at expired locked locked_at "
                "title draft_title slug content_type url_path latest_revision_created_at alias_of show_in_menus "
                "seo_title search_description"
            ),
            Retention.WORK: "locked_by owner",
        },
        "GroupPagePermission": {
            Retention.NOBODY: "id group page permission",
        },
        "PageViewRestriction": {
            Retention.NOBODY: "id restriction_type password page groups",
        },
        "WorkflowPage": {
            Retention.NOBODY: "page workflow",
        },
        "PageLogEntry": {
            Retention.NOBODY: "id content_type label action data timestamp uuid revision content_changed deleted page",
            Retention.WORK: "user",
        },
        "Comment": {
            Retention.ACCOUNT: (
                "id page user text contentpath position created_at updated_at revision_created resolved_at resolved_by"
            ),
        },
        "CommentReply": {
            Retention.ACCOUNT: "id comment user text created_at updated_at",
        },
        "PageSubscription": {
            Retention.ACCOUNT: "id user page comment_notifications",
        },
        "ReferenceIndex": {
            Retention.NOBODY: (
                "id content_type base_content_type object_id to_content_type to_object_id model_path content_path "
                "content_path_hash"
            ),
        },
    },
    "taggit": {
        "Tag": {
            Retention.NOBODY: "id name slug",
        },
        "TaggedItem": {
            Retention.NOBODY: "id tag content_type object_id",
        },
    },
}
