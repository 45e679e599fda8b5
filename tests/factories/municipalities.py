import factory
from django.contrib.auth import get_user_model

from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.services import memberships, municipalities

PASSWORD = "en lång lösenfras"


class PersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    first_name = "Åsa"
    last_name = factory.Sequence(lambda number: f"Öberg{number}")
    email = factory.Sequence(lambda number: f"person{number}@trelleborg.example")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        member_of, roles, unit = fields.pop("member_of", None), fields.pop("roles", ()), fields.pop("unit", None)
        person = model_class.objects.create_user(password=PASSWORD, **fields)
        person.emailaddress_set.create(email=person.email, verified=True, primary=True)
        if member_of is not None:
            memberships.join(person=person, municipality=member_of, roles=roles, unit=unit)
        return person


class MunicipalityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Municipality

    name = factory.Sequence(lambda number: f"Kommun {number}")
    short_name = factory.LazyAttribute(lambda self: self.name)
    slug = factory.Sequence(lambda number: f"kommun-{number}")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return municipalities.create(**fields)


class CollaborationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Collaboration
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"Projekt {number}")
    slug = factory.Sequence(lambda number: f"projekt-{number}")
    lead = factory.SubFactory(MunicipalityFactory)

    @factory.post_generation
    def partners(self, create, extracted, **kwargs):
        self.partners.set(extracted or [])
