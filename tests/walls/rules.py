"""The reviewed rule of every address: who may be answered there at all. A pattern without a rule fails the build.

"Own" means: every thing in the address belongs to one's own municipality. Only the strictest rule may be given with a
wildcard, so that an address that comes with a new version of Wagtail is looked at before anybody else may use it.
"""

from collections.abc import Callable
from fnmatch import fnmatch

from tests.walls.canaries import ADMINISTRATORS, COORDINATORS, EVERY_COORDINATOR, MEMBERS

Owners = frozenset[str]
Rule = Callable[[str, Owners], bool]


def everybody(actor: str, owners: Owners) -> bool:
    return True


def signed_in(actor: str, owners: Owners) -> bool:
    return actor != "anonymous"


def own_members(actor: str, owners: Owners) -> bool:
    """Those who may read what is internal."""
    return actor == "portal_admin" or all(actor in MEMBERS[place] for place in owners)


def own_coordinators(actor: str, owners: Owners) -> bool:
    return actor == "portal_admin" or (
        actor in EVERY_COORDINATOR and all(actor in COORDINATORS[place] for place in owners)
    )


def any_coordinator(actor: str, owners: Owners) -> bool:
    """Whatever the address names: the answer holds only what one may read or change."""
    return actor == "portal_admin" or actor in EVERY_COORDINATOR


def own_administrators(actor: str, owners: Owners) -> bool:
    return actor == "portal_admin" or all(actor in ADMINISTRATORS[place] for place in owners)


def keepers(actor: str, owners: Owners) -> bool:
    """Coordinators and municipality administrators, where no thing stands in the address."""
    return actor in {"portal_admin", "municipality_admin"} | EVERY_COORDINATOR


def leaders(actor: str, owners: Owners) -> bool:
    """Managers, and the coordinators who answer when nobody else does."""
    return actor in {"portal_admin", "manager"} | EVERY_COORDINATOR


def coordinators_in_person(actor: str, owners: Owners) -> bool:
    """As `own_coordinators`, without the portal administrator, who signs nobody up."""
    return actor != "portal_admin" and own_coordinators(actor, owners)


def portal_administrator(actor: str, owners: Owners) -> bool:
    return actor == "portal_admin"


def the_person(actor: str, owners: Owners) -> bool:
    """The person whose sign-up or unfinished upload it is; nobody of the cast."""
    return False


def nobody(actor: str, owners: Owners) -> bool:
    """Switched off, or only with a secret that nobody of the cast has."""
    return False


RULES: dict[str, Rule] = {
    # --- ours: lists show what one may read ---
    "search": everybody,
    "search_suggestions": everybody,
    "search_feed": everybody,
    "saved_search_list": signed_in,
    "saved_search_end": nobody,
    "search_note": everybody,
    "missing_tell": everybody,
    "missing_list": any_coordinator,
    "search_report": any_coordinator,
    "synonym_*": portal_administrator,
    "course_list": everybody,
    "method_list": everybody,
    "lesson_list": everybody,
    "conference_list": everybody,
    "programme": own_members,
    "programme_pdf": own_members,
    "programme_version": own_members,
    "programme_session": own_members,
    "programme_speaker": own_members,
    "programme_changes": own_members,
    "programme_changes_feed": own_members,
    "programme_calendar": own_members,
    "programme_session_calendar": own_members,
    "programme_chosen_calendar": own_members,
    "programme_frab_json": own_members,
    "programme_frab_xml": own_members,
    "programme_xcal": own_members,
    "programme_embed": own_members,
    "api_conference_list": everybody,
    "api_conference": own_members,
    "api_description": everybody,
    "my_programme": own_members,
    "workspace_conferences": any_coordinator,
    "programme_plan": own_coordinators,
    "programme_frame": own_coordinators,
    "programme_release": own_coordinators,
    "programme_registration": own_coordinators,
    "session_create": own_coordinators,
    "session_book": own_members,
    "session_doors": own_coordinators,
    "session_door": own_coordinators,
    "session_door_one": own_coordinators,
    "conference_afterwards": own_coordinators,
    "event_badges": own_coordinators,
    "session_edit": own_coordinators,
    "session_place": own_coordinators,
    "session_materials": own_coordinators,
    "speaker_list": own_coordinators,
    "speaker_create": own_coordinators,
    "speaker_edit": own_coordinators,
    "event_list": everybody,
    "municipality_feed": everybody,
    "calendar_feed": nobody,
    "municipality_colours": everybody,
    "accessibility_statement": everybody,
    "reading_settings": everybody,
    "sitemap": everybody,
    "robots": everybody,
    "security_txt": nobody,  # where nobody is named to tell
    "share_image": nobody,
    "picture": own_members,
    "document": own_members,
    "event_together": own_coordinators,
    "event_seats": own_coordinators,
    "event_decide": own_coordinators,
    "event_postpone": own_coordinators,
    "event_repeat": own_coordinators,
    "event_give_seats": own_coordinators,
    "event_cancel_sign_ups": own_coordinators,
    "event_undo": own_coordinators,
    "event_as_reader": own_coordinators,
    "attendance_list": any_coordinator,
    "attendance_edit": own_coordinators,
    "attendance_one": own_coordinators,
    "attendance_walk_in": own_coordinators,
    "check_in": own_coordinators,
    "sharing": any_coordinator,
    "share_withdraw": own_coordinators,
    "share_hide": any_coordinator,
    "page_together": own_coordinators,
    "page_translate": own_coordinators,
    "page_review": own_coordinators,
    "adopt": any_coordinator,
    "adoption_list": any_coordinator,
    "adoption_edit": own_coordinators,
    "adoption_news": own_coordinators,
    "adoption_question": own_coordinators,
    "handover_list": any_coordinator,
    "handover_create": any_coordinator,
    "handover_detail": own_coordinators,
    "project_close": own_coordinators,
    "role_list": own_administrators,
    "approval_switch": own_administrators,
    "audit_log": own_administrators,
    "audit_export": own_administrators,
    "my_roles": signed_in,
    "audience_sentences": any_coordinator,
    "wagtail_serve": own_members,
    "event_detail": own_members,
    "sign_up": own_members,
    "sign_up_move": own_members,
    "event_invited": nobody,
    "guest_invited": nobody,
    "guest_sign_up": nobody,
    "guest_link": everybody,
    "guest_mailed": everybody,
    "guest_confirm": nobody,
    "guest_entry": nobody,
    "guest_data_ask": nobody,
    "guest_data": nobody,
    "guest_data_file": nobody,
    "guest_erase": nobody,
    "event_invitations": own_coordinators,
    "my_pages": signed_in,
    "my_sign_up": the_person,
    "my_details": the_person,
    "sign_up_calendar": the_person,
    "my_calendar": signed_in,
    "my_needs": the_person,
    "my_dates": the_person,
    "event_needs": own_coordinators,
    "event_questions": own_coordinators,
    "course_interest": own_members,
    "event_interested": own_coordinators,
    "my_team_slips": the_person,
    "event_poster": own_coordinators,
    "my_team": leaders,
    "request_answer": the_person,
    "team_begin": coordinators_in_person,
    "my_team_sign_up": the_person,
    "workspace": keepers,
    "coordinators_guide": keepers,
    "workspace_events": any_coordinator,
    "event_create": any_coordinator,
    "event_participants": own_coordinators,
    "event_edit": own_coordinators,
    "event_publish": own_coordinators,
    "event_cancel": own_coordinators,
    "event_export": own_coordinators,
    "project_list": any_coordinator,
    "project_create": any_coordinator,
    "project_import": any_coordinator,
    "project_edit": own_coordinators,
    "member_list": own_administrators,
    "invite": own_administrators,
    "unit_create": own_administrators,
    "member_edit": own_administrators,
    "invitation_withdraw": own_administrators,
    "invitation": nobody,
    "operations": portal_administrator,
    "privacy": portal_administrator,
    "privacy_log": portal_administrator,
    "privacy_person": portal_administrator,
    "privacy_export": portal_administrator,
    "privacy_erase": portal_administrator,
    "municipality_list": portal_administrator,
    "municipality_create": portal_administrator,
    "municipality_edit": portal_administrator,
    "provider_edit": own_administrators,
    "provider_try": nobody,
    "editor_sign_in": nobody,
    "sent_mails": nobody,
    "sent_mail": nobody,
    "styleguide": nobody,
    "my_certificate": the_person,
    "certificate_lookup": everybody,
    "certificate_check": nobody,
    "event_certificates": own_coordinators,
    "event_afterwards": own_coordinators,
    "event_thanks": own_coordinators,
    # --- allauth: the same for everybody, about oneself ---
    "account_login": everybody,
    "account_logout": everybody,
    "account_inactive": everybody,
    "account_signup": everybody,
    "account_reauthenticate": signed_in,
    "account_email": signed_in,
    "account_sign_ins": signed_in,
    "account_own_data": signed_in,
    "account_own_data_file": signed_in,
    "account_protected_identity": signed_in,
    "account_erase": signed_in,
    "processing_register": everybody,
    "cookie_list": everybody,
    "account_email_verification_sent": everybody,
    "account_change_password": signed_in,
    "account_set_password": signed_in,
    "account_reset_password": everybody,
    "account_confirm_login_code": everybody,
    "account_confirm_email": everybody,
    "account_reset_password_from_key_done": everybody,
    "account_reset_password_from_key": everybody,
    "account_reset_password_done": everybody,
    # One's own second step; asked for the password first, and the second step of signing in is nobody's who is not on
    # the way.
    "mfa_index": signed_in,
    "mfa_authenticate": nobody,
    "mfa_reauthenticate": signed_in,
    "mfa_reauthenticate_webauthn": signed_in,
    "mfa_activate_totp": signed_in,
    "mfa_deactivate_totp": nobody,
    "mfa_view_recovery_codes": nobody,
    "mfa_download_recovery_codes": nobody,
    "mfa_generate_recovery_codes": signed_in,
    "mfa_list_webauthn": signed_in,
    "mfa_add_webauthn": signed_in,
    "mfa_edit_webauthn": nobody,
    "mfa_remove_webauthn": nobody,
    "second_factor_needed": signed_in,
    # --- a municipality's own provider: whoever comes has not signed in; the key is one that nobody has ---
    "provider_list": everybody,
    "provider_connect": nobody,
    "provider_again": nobody,
    "provider_sign_in": nobody,
    "provider_begin": nobody,
    "provider_callback": nobody,
    # --- Wagtail's editor: the frame ---
    "wagtailadmin_home": any_coordinator,
    "wagtailadmin_account": any_coordinator,
    "wagtailadmin_dismissibles": any_coordinator,
    "wagtailadmin_block_preview": any_coordinator,
    "wagtailadmin_logout": any_coordinator,
    "wagtailadmin_sprite": everybody,
    "wagtailadmin_javascript_catalog": everybody,
    "wagtailadmin_login": nobody,  # taken by editor_sign_in
    "wagtailadmin_password_reset*": nobody,
    "/redaktion/test404/": any_coordinator,
    "wagtailadmin_error_test": nobody,
    "/redaktion//": nobody,
    # --- pages ---
    "wagtailadmin_explore_root": any_coordinator,
    "wagtailadmin_explore": any_coordinator,
    "wagtailadmin_explore_results": any_coordinator,
    # "All" is all that one may change, whatever else the address names: the canaries say whether that holds.
    "wagtail_bulk_action": any_coordinator,
    "wagtailadmin_pages:add": own_coordinators,
    "wagtailadmin_pages:preview_on_add": own_coordinators,
    "wagtailadmin_pages:type_use": any_coordinator,
    "wagtailadmin_pages:choose_parent": any_coordinator,
    "wagtailadmin_pages:type_use_results": any_coordinator,
    "wagtailadmin_pages:usage": own_coordinators,
    "wagtailadmin_pages:edit": own_coordinators,
    "wagtailadmin_pages:preview_on_edit": own_coordinators,
    "wagtailadmin_pages:view_draft": own_coordinators,
    "wagtailadmin_pages:add_subpage": own_coordinators,
    "wagtailadmin_pages:delete": own_coordinators,
    "wagtailadmin_pages:unpublish": own_coordinators,
    "wagtailadmin_pages:convert_alias": own_coordinators,
    "wagtailadmin_pages:search": any_coordinator,
    "wagtailadmin_pages:search_results": any_coordinator,
    "wagtailadmin_pages:move": own_coordinators,
    "wagtailadmin_pages:move_confirm": own_coordinators,
    "wagtailadmin_pages:set_page_position": own_coordinators,
    "wagtailadmin_pages:copy": own_coordinators,
    "wagtailadmin_pages:workflow_action": own_coordinators,
    "wagtailadmin_pages:collect_workflow_action_data": own_coordinators,
    "wagtailadmin_pages:confirm_workflow_cancellation": own_coordinators,
    "wagtailadmin_pages:workflow_preview": own_coordinators,
    "wagtailadmin_pages:lock": own_coordinators,
    "wagtailadmin_pages:unlock": own_coordinators,
    "wagtailadmin_pages:revisions_index": own_coordinators,
    "wagtailadmin_pages:revisions_view": own_coordinators,
    "wagtailadmin_pages:revisions_revert": own_coordinators,
    "wagtailadmin_pages:revisions_unschedule": own_coordinators,
    "wagtailadmin_pages:revisions_compare": own_coordinators,
    "wagtailadmin_pages:workflow_history": own_coordinators,
    "wagtailadmin_pages:workflow_history_detail": own_coordinators,
    "wagtailadmin_pages:history": own_coordinators,
    "wagtailadmin_pages:history_results": own_coordinators,
    "wagtailadmin_pages:set_privacy": portal_administrator,
    "wagtailadmin_editing_sessions:ping": any_coordinator,  # another's session is taken for none
    "wagtailadmin_editing_sessions:release": any_coordinator,
    # --- choosers ---
    "wagtailadmin_choose_page": any_coordinator,
    "wagtailadmin_choose_page_child": any_coordinator,
    "wagtailadmin_choose_page_search": any_coordinator,
    "wagtailadmin_choose_page_chosen_multiple": any_coordinator,
    "wagtailadmin_choose_page_external_link": any_coordinator,
    "wagtailadmin_choose_page_email_link": any_coordinator,
    "wagtailadmin_choose_page_phone_link": any_coordinator,
    "wagtailadmin_choose_page_anchor_link": any_coordinator,
    "wagtailimages_chooser:choose": any_coordinator,
    "wagtailimages_chooser:choose_results": any_coordinator,
    "wagtailimages_chooser:chosen": own_coordinators,
    "wagtailimages_chooser:chosen_multiple": any_coordinator,
    "wagtailimages_chooser:create": any_coordinator,
    "wagtailimages_chooser:select_format": own_coordinators,
    "wagtaildocs_chooser:choose": any_coordinator,
    "wagtaildocs_chooser:choose_results": any_coordinator,
    "wagtaildocs_chooser:chosen": own_coordinators,
    "wagtaildocs_chooser:chosen_multiple": any_coordinator,
    "wagtaildocs_chooser:create": any_coordinator,
    # --- pictures and documents ---
    "wagtailimages:index": any_coordinator,
    "wagtailimages:index_results": any_coordinator,
    "wagtailimages:add": any_coordinator,
    "wagtailimages:add_multiple": any_coordinator,
    "wagtailimages:edit": own_coordinators,
    "wagtailimages:delete": own_coordinators,
    "wagtailimages:image_usage": own_coordinators,
    "wagtailimages:edit_multiple": own_coordinators,
    "wagtailimages:create_multiple_from_uploaded_image": the_person,
    "wagtailimages:delete_multiple": own_coordinators,
    "wagtailimages:delete_upload_multiple": the_person,
    "wagtailimages:url_generator": nobody,  # there is no address for pictures beside our own view
    "wagtailimages:url_generator_output": nobody,
    "wagtailimages:preview": portal_administrator,
    "wagtaildocs:index": any_coordinator,
    "wagtaildocs:index_results": any_coordinator,
    "wagtaildocs:add": any_coordinator,
    "wagtaildocs:add_multiple": any_coordinator,
    "wagtaildocs:edit": own_coordinators,
    "wagtaildocs:delete": own_coordinators,
    "wagtaildocs:document_usage": own_coordinators,
    "wagtaildocs:edit_multiple": own_coordinators,
    "wagtaildocs:create_multiple_from_uploaded_document": the_person,
    "wagtaildocs:delete_multiple": own_coordinators,
    "wagtaildocs:delete_upload_multiple": the_person,
    # --- the editor's own API: its page menu asks for lists ---
    "wagtailadmin_api:pages:listing": any_coordinator,
    "wagtailadmin_api:pages:detail": own_coordinators,
    "wagtailadmin_api:pages:find": portal_administrator,
    "wagtailadmin_api:pages:action": portal_administrator,
    "wagtailadmin_api:images:*": portal_administrator,
    "wagtailadmin_api:documents:*": portal_administrator,
    # --- the whole portal ---
    "wagtailadmin_tag_autocomplete": portal_administrator,
    "wagtailadmin_tag_model_autocomplete": portal_administrator,
    "wagtailadmin_collections:*": portal_administrator,
    "wagtailadmin_workflows:*": portal_administrator,
    "wagtailadmin_reports:*": portal_administrator,
    "wagtailsettings:*": portal_administrator,
    "wagtailsnippets:*": portal_administrator,
    "wagtailsites:*": portal_administrator,
    "wagtailusers_users:*": portal_administrator,
    "wagtailusers_groups:*": portal_administrator,
}


def rule_of(name: str) -> Rule | None:
    if name in RULES:
        return RULES[name]
    return next((rule for key, rule in RULES.items() if "*" in key and fnmatch(name, key)), None)
